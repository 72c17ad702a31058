/**
 * Parts that nobody needs in order to talk. They are fetched when first wanted, or in the first quiet moment of a room:
 * the relay that serves them may be gone when they are. What could not be fetched comes as soon as it can be.
 */
import type { Component } from 'svelte';
import { fetchPart } from '../fetch-part.ts';
import type { PeerId, ShownMessage } from '../session/types.ts';

/** What every panel above the room is given. */
export interface PanelProps {
  readonly onclose: () => void;
  readonly onverify: (peer: PeerId) => void;
  /** Whom the panel is about; '' where it is about nobody. */
  readonly peer: PeerId | '';
  /** Which message it is about. */
  readonly message: ShownMessage | undefined;
  /** Puts another panel in its place. */
  readonly onpanel: OpenPanel;
  /** Leaves the room, with the question that may be due. */
  readonly onleave: () => void;
}

/** `about` is whom or what the panel is about. */
export type OpenPanel = (name: PanelName, about?: PeerId | ShownMessage) => void;

export type PanelName =
  | 'call'
  | 'people'
  | 'person'
  | 'room'
  | 'compare'
  | 'invite'
  | 'settings'
  | 'verify'
  | 'unsent'
  | 'actions'
  | 'react'
  | 'erase'
  | 'menu'
  | 'keep'
  | 'keys'
  | 'protects'
  | 'relay'
  | 'door';

export const panels: Record<PanelName, () => Promise<{ default: Component<PanelProps> }>> = patient({
  call: () => import('./calls/CallPanel.svelte'),
  people: () => import('./PeoplePanel.svelte'),
  person: () => import('./host/PersonPanel.svelte'),
  room: () => import('./host/RoomPanel.svelte'),
  compare: () => import('./host/ComparePanel.svelte'),
  invite: () => import('./InvitePanel.svelte'),
  settings: () => import('./Settings.svelte'),
  verify: () => import('./Verify.svelte'),
  unsent: () => import('./Unsent.svelte'),
  actions: () => import('./MessageActions.svelte'),
  react: () => import('./React.svelte'),
  erase: () => import('./Erase.svelte'),
  menu: () => import('./Menu.svelte'),
  keep: () => import('./Keep.svelte'),
  keys: () => import('./Keys.svelte'),
  protects: () => import('./Protects.svelte'),
  relay: () => import('./RelaySheet.svelte'),
  door: () => import('./ListingPanel.svelte'),
});

export const later = patient({
  about: () => import('./About.svelte'),
  asks: () => import('./host/Asks.svelte'),
  decided: () => import('./host/Decided.svelte'),
  outside: () => import('./host/Outside.svelte'),
  call: () => import('./calls/Call.svelte'),
  aside: () => import('./Aside.svelte'),
  door: () => import('./Door.svelte'),
  find: () => import('./Find.svelte'),
  attach: () => import('./files/Attach.svelte'),
  file: () => import('./files/FileLine.svelte'),
  halt: () => import('./Halt.svelte'),
  home: () => import('./Home.svelte'),
  inHand: () => import('./InHand.svelte'),
  invite: () => import('./Invite.svelte'),
  listings: () => import('./Listings.svelte'),
  markdown: () => import('./Markdown.svelte'),
  mentions: () => import('./Mentions.svelte'),
  password: () => import('./PasswordField.svelte'),
  people: () => import('./People.svelte'),
  protects: () => import('./Protects.svelte'),
  promises: () => import('./Promises.svelte'),
  quote: () => import('./Quote.svelte'),
  reactions: () => import('./Reactions.svelte'),
  rooms: () => import('./Rooms.svelte'),
  scan: () => import('./Scan.svelte'),
  tools: () => import('./MessageTools.svelte'),
  typing: () => import('./Typing.svelte'),
  tray: () => import('./files/Tray.svelte'),
  warnings: () => import('./Warnings.svelte'),
  way: () => import('./Way.svelte'),
});

/** Each is fetched once, and asked for until it is there. */
function patient<Loads extends Record<string, () => Promise<unknown>>>(loads: Loads): Loads {
  const patiently = Object.entries(loads).map(([name, load]) => {
    let part: Promise<unknown> | undefined;
    return [name, () => (part ??= fetchPart(load))];
  });
  return Object.fromEntries(patiently) as Loads;
}

/** Fetches all of them when the page has nothing else to do. */
export function fetchLater(): void {
  const fetchAll = () => {
    for (const load of [...Object.values(later), ...Object.values(panels)]) void load();
  };
  if ('requestIdleCallback' in window) requestIdleCallback(fetchAll, { timeout: 5000 });
  else setTimeout(fetchAll, 1000);
}
