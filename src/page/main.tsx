import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { PageStore } from './page-state.ts';

const secret = document.querySelector('meta[name="diffstream-secret"]')?.getAttribute('content');
const store = new PageStore({
  host: location.host,
  isSecure: location.protocol === 'https:',
  secret: secret ?? '',
});

const place = document.querySelector('#page');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <App store={store} />
    </StrictMode>,
  );
}
