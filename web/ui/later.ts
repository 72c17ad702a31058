/**
 * Parts that nobody needs in order to talk. They are fetched when first wanted, or in the first quiet moment of a room:
 * the relay that serves them may be gone when they are.
 */
import type { Component } from 'svelte';
import type { PeerId } from '../session/types.ts';

/** What every panel above the room is given. */
export interface PanelProps {
  readonly onclose: () => void;
  readonly onverify: (peer: PeerId) => void;
  /** Whom the panel is about; '' where it is about nobody. */
  readonly peer: PeerId | '';
}

export type PanelName = 'people' | 'invite' | 'settings' | 'verify' | 'unsent';

export const panels: Record<PanelName, () => Promise<{ default: Component<PanelProps> }>> = {
  people: () => import('./PeoplePanel.svelte'),
  invite: () => import('./InvitePanel.svelte'),
  settings: () => import('./Settings.svelte'),
  verify: () => import('./Verify.svelte'),
  unsent: () => import('./Unsent.svelte'),
};

export const later = {
  halt: () => import('./Halt.svelte'),
  home: () => import('./Home.svelte'),
  invite: () => import('./Invite.svelte'),
  markdown: () => import('./Markdown.svelte'),
  password: () => import('./PasswordField.svelte'),
  people: () => import('./People.svelte'),
  warnings: () => import('./Warnings.svelte'),
};

/** Fetches all of them when the page has nothing else to do. What fails now is tried again when it is wanted. */
export function fetchLater(): void {
  const fetchAll = () => {
    for (const load of [...Object.values(later), ...Object.values(panels)]) load().catch(() => {});
  };
  if ('requestIdleCallback' in window) requestIdleCallback(fetchAll, { timeout: 5000 });
  else setTimeout(fetchAll, 1000);
}
