/**
 * The service worker's life as the page sees it: registered in the page's first quiet moment, since it fetches every file of the page, and
 * a newer one reported when it has fetched all its files and waits. It takes over only when told, and then every open page of it loads
 * anew, once.
 */
import { quiet } from './quiet.ts';
import { scriptAddress } from './trusted.ts';

export interface NewVersion {
  /** The worker that serves now: registered at once if it was not yet, and waited for. Undefined where there is none to be had. */
  worker(): Promise<ServiceWorker | undefined>;
  /** Lets the waiting version take over and loads this page anew at `path`. */
  start(path: string): void;
}

/**
 * Registers the worker at `address` some time after `settled`; `offer` is called when a newer version waits. Does nothing where there are
 * no workers.
 */
export function watchVersions(address: string, settled: Promise<void>, offer: () => void): NewVersion {
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  let waiting: ServiceWorker | null = null;
  const found = (registration: ServiceWorkerRegistration): void => {
    if (registration.waiting === null || registration.active === null) return; // the first version ever is no news
    waiting = registration.waiting;
    offer();
  };
  const follow = async (): Promise<ServiceWorkerRegistration | undefined> => {
    const registration = await workers?.register(scriptAddress(address));
    if (registration === undefined) return undefined;
    found(registration);
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => found(registration));
    });
    return registration;
  };
  let followed: Promise<ServiceWorkerRegistration | undefined> | undefined;
  // Forbidden in private windows and hardened browsers: the page works without.
  const register = () =>
    (followed ??= follow().catch(() => {
      followed = undefined;
      return undefined;
    }));
  void settled.then(() => quiet()).then(register);
  return {
    async worker() {
      const registration = await register();
      return registration && serving(registration);
    },
    start(path) {
      const next = waiting;
      next?.addEventListener('statechange', () => {
        if (next.state !== 'activated') return;
        history.replaceState(null, '', path); // assigning an address that differs in its fragment alone would load nothing
        location.reload();
      });
      next?.postMessage('SKIP_WAITING');
    },
  };
}

/** Undefined where the first one could not fetch its files. */
function serving({
  active,
  waiting,
  installing,
}: ServiceWorkerRegistration): ServiceWorker | Promise<ServiceWorker | undefined> | undefined {
  const next = waiting ?? installing;
  if (active !== null || next === null) return active ?? undefined;
  return new Promise((resolve) => {
    next.addEventListener('statechange', () => {
      if (next.state === 'activated') resolve(next);
      else if (next.state === 'redundant') resolve(undefined);
    });
  });
}
