/**
 * All that can be done in a room, as a list: for the menu behind the three dots, the command palette and the keyboard. One list,
 * so that nothing can be reached in one way only.
 */
import type { AppView, PeerId, RoomView, Theme } from '../session/types.ts';
import type { MoreText } from '../text/en-more.ts';
import type { IconName } from './kit/icons.ts';
import type { PanelName } from './later.ts';
import { roomLabel, shortTag } from './people.ts';
import type { Workspace } from './workspace.svelte.ts';

export interface Command {
  readonly name: string;
  readonly icon: IconName;
  /** As `aria-keyshortcuts` writes it. */
  readonly keys?: string;
  readonly serious?: true;
  act(): void;
}

export interface Surroundings {
  readonly app: AppView;
  readonly room: RoomView;
  readonly workspace: Workspace;
  readonly words: MoreText;
  readonly locale: string;
  open(name: PanelName, peer?: PeerId): void;
  close(): void;
  leave(): void;
}

const themes: readonly Theme[] = ['system', 'light', 'dark', 'contrast'];

export function commandsOf({ app, room, workspace, words, locale, open, close, leave }: Surroundings): Command[] {
  const said = words.commands;
  /** The menu goes first, since it holds the focus. */
  const then = (act: () => void) => () => {
    close();
    act();
  };
  const unverified = room.people.filter(({ verification }) => verification !== 'verified');
  const others = app.rooms.filter((other) => other !== room);
  return [
    {
      name: said.find,
      icon: 'find',
      keys: 'Control+F',
      act: then(() => {
        workspace.query ??= '';
      }),
    },
    { name: said.invite, icon: 'invite', act: () => open('invite') },
    { name: said.people, icon: 'people', act: () => open('people') },
    { name: said.door, icon: 'list', act: () => open('door') },
    ...unverified.map(
      ({ peer, name, tag }): Command => ({
        name: said.verify(`${name} (${shortTag(tag)})`),
        icon: 'check',
        act: () => open('verify', peer),
      }),
    ),
    ...(room.governance === undefined ? [] : [{ name: words.govern.room, icon: 'lock', act: () => open('room') } satisfies Command]),
    ...(room.governance === undefined || room.people.length === 0
      ? []
      : [{ name: words.govern.compareAll, icon: 'check', act: () => open('compare') } satisfies Command]),
    { name: said.relay, icon: 'relay', act: () => open('relay') },
    { name: said.protects, icon: 'shield', act: () => open('protects') },
    ...others.map(
      (other): Command => ({
        name: said.goTo(roomLabel(other, locale, words.rooms.onlyYou)),
        icon: 'direct',
        act: then(() => app.show(other)),
      }),
    ),
    { name: said.another, icon: 'plus', act: then(() => app.lookForAnother()) },
    { name: said.keep, icon: 'keep', act: () => open('keep') },
    { name: said.settings, icon: 'settings', keys: 'Control+,', act: () => open('settings') },
    ...themes
      .filter((theme) => theme !== app.theme)
      .map((theme): Command => ({ name: said.theme(words.settings.themes[theme]), icon: 'lamp', act: then(() => app.setTheme(theme)) })),
    { name: said.keys, icon: 'keys', keys: '?', act: () => open('keys') },
    { name: said.leave, icon: 'leave', act: then(leave) },
    { name: said.forget, icon: 'forget', serious: true, act: () => app.forgetEverything() },
  ];
}

/** Those whose names hold every word typed, wherever. */
export function matching(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  return commands.filter(({ name }) => words.every((word) => name.toLocaleLowerCase().includes(word)));
}
