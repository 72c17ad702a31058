/**
 * The page's wiring, on one screen: takes the invite out of the address bar before anything else runs, builds the session, shows
 * it, and listens to what the browser says about the page's life.
 *
 * While an invite is being looked at, the socket to this page's own relay is already dialled: the relay speaks first and hears
 * nothing of a room, knows this visitor from serving the page, and joining then saves the connection's round trips.
 * Another relay is dialled by joining only.
 */
import './arrived.ts';

import { mount } from 'svelte';
import AppScreens from './App.svelte';
import { takeArrival } from './arrival.ts';
import { arrived } from './arrived.ts';
import { fetchPart } from './fetch-part.ts';
import { watchKeyboard } from './keyboard.ts';
import { browserPorts, random, visible } from './net/browser.ts';
import { openRoom } from './net/open-room.ts';
import { watchPageLife } from './net/page-life.ts';
import { askFirst, ownRelayIsUp } from './net/patient-dial.ts';
import { askRelay } from './net/relay-facts.ts';
import { type DialRelay, dialAhead, dialRelay } from './net/relay-socket.ts';
import { counted } from './net/traffic.ts';
import { warmUp } from './net/warm-up.ts';
import { type NewVersion, watchVersions } from './new-version.ts';
import { App, type RoomSetup } from './session/app.svelte.ts';
import { missingFeatures } from './session/features.ts';
import { preferredLanguage } from './session/languages.ts';
import { forgetStored } from './store/forget.ts';
import { openSettings, storageAllowed } from './store/settings.ts';
import { speak } from './text/catalogue.svelte.ts';
import { showUnread } from './title.ts';

const { origin } = location;
const findStorage = (): Storage => localStorage;
const bells = () => import('./ring.ts');

const dialPatiently = askFirst(origin, dialRelay, ownRelayIsUp);
let dial = dialPatiently;
let versions: NewVersion | undefined;
/** Ends when the person has read enough and joins. */
let reading: AbortController | undefined;

/** The page is going away for good, or to be loaded anew. */
let leaving = false;

const findWorker = async (): Promise<ServiceWorker | undefined> => versions?.worker();

const app = new App({
  origin,
  preferredLanguage: preferredLanguage(navigator.languages),
  missing: missingFeatures(window, storageAllowed(findStorage)),
  settings: openSettings(findStorage),
  random,
  wallNow: Date.now,
  visible,
  showUnread,
  mayNotify: async () => (await fetchPart(bells)).mayNotify(),
  ring: (bell) => void fetchPart(bells).then(({ ring }) => ring(bell)),
  askRelay,
  breath: () => new Promise((resolve) => setTimeout(resolve, 50)),
  expectRoom(own) {
    if (own) dial = dialAhead(origin, dialPatiently);
    reading = new AbortController();
    void warmUp(random, reading.signal);
  },
  async openKeeper() {
    const [{ Keeper }, { drop, hold, keep, letGo, readKept }] = await Promise.all([
      fetchPart(() => import('./session/keeper.ts')),
      fetchPart(() => import('./store/kept.ts')),
    ]);
    const store = { drop, hold, keep, letGo, readKept };
    return new Keeper({ store, random, wallNow: Date.now, later: (act, ms) => void setTimeout(act, ms) });
  },
  sealText: async (text, passphrase) => (await fetchPart(() => import('./net/seal-export.ts'))).sealText(text, passphrase, random),
  async openRoom({ link, name, password, identity, way, founder }, show) {
    const counting = counted(await dialFor(way));
    const relayOrigins = way.name === 'dial' ? way.origins : [way.origin];
    const ports = { ...browserPorts, dialRelay: counting.dial };
    const setup = { invite: link.invite, name, password, relayOrigins, founder, ...(identity && { identity }) };
    const opened = await openRoom(setup, ports, show);
    if (reading === undefined) void warmUp(random);
    reading?.abort();
    return {
      tag: opened.tag,
      identity: opened.identity,
      feed: (input) => opened.driver.feed(input),
      openFiles: async (resumable) =>
        (await fetchPart(() => import('./files.ts'))).openFiles(opened.driver, resumable, () => leaving, findWorker),
      openCall: async (me) => (await fetchPart(() => import('./calls.ts'))).openCall(opened.driver, me),
      traffic: counting.traffic,
    };
  },
  async openDoors(openInvite) {
    const [{ Doors }, { runDeskCall }] = await Promise.all([
      fetchPart(() => import('./session/doors.svelte.ts')),
      fetchPart(() => import('./net/desk-call.ts')),
    ]);
    return new Doors({
      origin,
      random,
      wallNow: Date.now,
      call: (errand, at, tell) => runDeskCall(errand, at, browserPorts, tell),
      cpace: () => fetchPart(() => import('../shared/handshake/cpace.ts')),
      openInvite,
    });
  },
  visit: (address) => location.assign(address),
  forgetBrowser: () => void leaveNothing(),
  startUpdate: (path) => versions?.start(path),
});

async function dialFor(way: RoomSetup['way']): Promise<DialRelay> {
  if (way.name === 'dial') return dial;
  const { dialThrough } = await fetchPart(() => import('./net/gateway-socket.ts'));
  return dialThrough(origin, way.relayKey, random);
}

async function leaveNothing(): Promise<void> {
  document.body.replaceChildren();
  document.title = '';
  await forgetStored();
  window.close(); // allowed to an installed page
  location.replace('about:blank');
}

watchPageLife(
  window,
  {
    resumed: () => app.resume(),
    leaving() {
      leaving = true;
      app.unload();
    },
    away: (on) => app.away(on),
    online: (online) => {
      app.online = online;
    },
  },
  browserPorts.now,
);
app.online = navigator.onLine;
watchKeyboard(window);

addEventListener('hashchange', () => app.openInvite(takeArrival(location, history)));
addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  app.offerInstall(event as Event & { prompt(): Promise<unknown> });
});
addEventListener('appinstalled', () => app.offerInstall(undefined));
const joiningMs = 10_000;

/** Whoever came by a link joins a room next, often with others: what serves the next visit waits until they talk, and for the relay to be there. */
async function settled(): Promise<void> {
  if (arrived === '') return;
  do await new Promise((resolve) => setTimeout(resolve, joiningMs));
  while (app.rooms.some(({ phase: { name }, relay }) => name === 'joining' || (name === 'active' && relay !== 'connected')));
}
if (import.meta.env.PROD) {
  addEventListener('load', () => {
    versions = watchVersions('/sw.js', settled(), () => app.offerUpdate());
  });
}

if (arrived !== '') app.openInvite(arrived);
/** A page in another language waits a moment for its words rather than flash in English. */
const patienceMs = 1500;
const spoken =
  app.language === 'en' ? undefined : Promise.race([speak(app.language), new Promise((resolve) => setTimeout(resolve, patienceMs))]);
const show = (): void => void mount(AppScreens, { target: document.getElementById('app')!, props: { app } });
if (spoken === undefined) show();
else spoken.then(show, show);
