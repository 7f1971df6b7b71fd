// The page: opens the device, shows a screen for the address after `#`, and goes online behind it.
import { render } from 'preact';
import { App } from './app';

const root = document.getElementById('app');
if (root) render(<App />, root);

if ('serviceWorker' in navigator) {
  // Without one the page works all the same, as long as there is a network.
  navigator.serviceWorker.register('sw.js').catch(() => {});
}
