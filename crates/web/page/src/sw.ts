// Keeps every file of the page, so that it opens without a network. Touches nothing but its own
// origin's files: what the device sends and receives does not pass here.
declare const FILES: string[];
declare const VERSION: string;

// The page and its workers are checked against one library, in which `self` is a window.
const scope = self as unknown as ServiceWorkerGlobalScope;

const CACHE = `goodword-${VERSION}`;

scope.addEventListener('install', (event) => {
  const names = FILES.map((name) => (name === 'index.html' ? './' : name));
  const add = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(names.map((name) => new Request(name, { cache: 'reload' })));
    await scope.skipWaiting();
  };
  event.waitUntil(add());
});

scope.addEventListener('activate', (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith('goodword-') && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await scope.clients.claim();
  };
  event.waitUntil(tidy());
});

scope.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== scope.location.origin) return;
  const answer = async () => {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(event.request, { ignoreSearch: true });
    return kept ?? fetch(event.request);
  };
  event.respondWith(answer());
});
