/**
 * What the person is about to do in one room: the draft, what it answers or changes, what is being looked for. It lives as
 * long as the page knows the room, so that a draft is still there after a look into another room. Nothing of it leaves the page.
 */
import type { MessageId, PeerId, RoomView, ShownMessage } from '../session/types.ts';

/** What the composer's text is for. Messages are named by `key`, which never changes. */
export type Intent =
  | { readonly name: 'say' }
  | { readonly name: 'answer'; readonly key: string }
  | { readonly name: 'change'; readonly key: string };

export interface Chosen {
  readonly peer: PeerId;
  readonly name: string;
}

/** What the log can be asked to do, by whoever stands beside it. */
export interface LogView {
  /** Brings a message into view and points at it. */
  show(key: string): void;
  oldest(): void;
  newest(): void;
}

const say: Intent = { name: 'say' };

export class Workspace {
  draft = $state('');
  intent = $state.raw<Intent>(say);
  /** What is looked for; undefined while the find bar is closed. */
  query = $state.raw<string>();
  /** The message that the find bar or a jump points at. */
  pointed = $state.raw<string>();
  /** People chosen from the list while typing the draft. */
  chosen: readonly Chosen[] = [];
  log: LogView | undefined;
  /** Puts the cursor into the composer. */
  write: () => void = () => {};
  readonly #room: RoomView;
  readonly #byId = $derived.by(() => new Map(this.#room.messages.map((message) => [message.id, message])));
  /** What stood in the composer before a change was begun. */
  #before = '';

  constructor(room: RoomView) {
    this.#room = room;
  }

  find(id: MessageId): ShownMessage | undefined {
    return this.#byId.get(id);
  }

  /** The message that the composer's text is about. */
  get subject(): ShownMessage | undefined {
    const { intent } = this;
    return intent.name === 'say' ? undefined : this.#room.messages.find(({ key }) => key === intent.key);
  }

  answer(message: ShownMessage): void {
    this.drop();
    this.intent = { name: 'answer', key: message.key };
    this.write();
  }

  change(message: ShownMessage): void {
    this.drop();
    this.#before = this.draft;
    this.draft = message.text;
    this.chosen = (message.mentions ?? []).flatMap(({ peer, name }) => (peer === null || peer === 'me' ? [] : [{ peer, name }]));
    this.intent = { name: 'change', key: message.key };
    this.write();
  }

  /** Back to simply saying something; a change that was begun is given up. */
  drop(): void {
    if (this.intent.name === 'change') this.#startOver(this.#before);
    this.intent = say;
  }

  /** Hands the draft on. */
  send(): void {
    const { subject, intent } = this;
    const text = this.draft;
    const mentions = mentioned(text, this.chosen);
    if (intent.name === 'change') {
      if (subject !== undefined && subject.text !== text) this.#room.edit(subject.id, text, mentions);
      this.#startOver(this.#before);
    } else {
      const act = action(text);
      this.#room.say(act ?? text, {
        ...(subject === undefined ? {} : { reply: subject.id }),
        ...(mentions.length > 0 ? { mentions } : {}),
        ...(act === undefined ? {} : { action: true }),
      });
      this.#startOver('');
    }
    this.intent = say;
  }

  #startOver(draft: string): void {
    this.draft = draft;
    this.#before = '';
    this.chosen = [];
  }
}

/** "/me waves" tells what the author does: gives "waves", or undefined for a message that merely says something. */
export const action = (text: string): string | undefined => /^\/me\s+(\S.*)$/su.exec(text)?.[1];

/** The people of `chosen` whose names still stand in `text` after an @, in the order of those places. */
export function mentioned(text: string, chosen: readonly Chosen[]): PeerId[] {
  const waiting = [...chosen];
  const found: PeerId[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const here = waiting.filter(({ name }) => text.startsWith(name, at + 1)).sort((a, b) => b.name.length - a.name.length)[0];
    if (here === undefined) continue;
    waiting.splice(waiting.indexOf(here), 1);
    found.push(here.peer);
  }
  return found;
}

const workspaces = new WeakMap<RoomView, Workspace>();

export function workspaceOf(room: RoomView): Workspace {
  const known = workspaces.get(room) ?? new Workspace(room);
  workspaces.set(room, known);
  return known;
}
