import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { PageStore } from './page-state.ts';
import { tokenIn } from './page-token.ts';

const secret = document.querySelector('meta[name="diffstream-secret"]')?.getAttribute('content');
// Behind the #, so that it reaches no log of a server.
const token = tokenIn(location.hash);
const store = new PageStore({
  host: location.host,
  isSecure: location.protocol === 'https:',
  secret: secret ?? '',
  token,
});

// Another token is another visitor: nothing that the last one saw stays.
addEventListener('hashchange', () => {
  if (tokenIn(location.hash) !== token) location.reload();
});

const place = document.querySelector('#page');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <App store={store} />
    </StrictMode>,
  );
}
