/** What listeners threw is their own: it surfaces as nobody's, and what called them goes on. */
export function surface(thrown: readonly unknown[]): void {
  for (const error of thrown) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
