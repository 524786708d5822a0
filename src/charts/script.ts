/** The page's only script: it offers the data as a file. Without it the report is complete. */

/** Waits for nothing and asks nobody; the button shows only where it works. */
export const PAGE_SCRIPT = `(() => {
const data = document.getElementById('report-data');
const button = document.getElementById('save-data');
if (!data || !button) return;
button.hidden = false;
button.addEventListener('click', () => {
  const file = new Blob([data.textContent], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
})();`;

/**
 * SHA-256 of the script in base64: the page's policy allows this script and no other, so that what
 * slipped through as markup would still do nothing. A test keeps the two in step.
 */
export const PAGE_SCRIPT_SHA256 = 'rTfxDvOHfWkUkZO9se2rM8sNnJDpNZhFJHaIQLiP9Z8=';
