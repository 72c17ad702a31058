/**
 * The life of one room of the soak: people come one after the other, talk, put their phones away, go and are followed by others; then it is
 * quiet, the books are checked, and they leave, or stay until the room expires.
 *
 * The books: a message is due, once, to everyone who was there for it and still is. Of a page that was closed without a word, what
 * it did not yet know to be delivered is due to nobody; nothing may come twice, and nothing that nobody said.
 */
import { randomBytes } from 'node:crypto';
import { type Invite, plainOptions } from '../../shared/wire/invite.ts';
import { sleep } from '../bench/wait.ts';
import type { Calm } from './calm.ts';
import { Member } from './member.ts';

export interface Soak {
  readonly origin: string;
  readonly calm: Calm;
  /** Mean seconds between two messages of one member. */
  readonly pauseS: number;
  /** Nobody says or begins anything new any more. */
  closing: boolean;
  readonly totals: Totals;
  /** What went wrong, in words. */
  readonly faults: string[];
  readonly here: Set<Member>;
}

export interface Totals {
  rooms: number;
  members: number;
  messages: number;
  deliveries: number;
  sleeps: number;
  left: number;
  vanished: number;
  expired: number;
  /** Rooms that expired before their books were closed, while the machine hardly let us run. */
  unjudged: number;
}

const arriveWithinMs = 6000;
const talkMs = { least: 25_000, most: 65_000 };
const sleepMs = { least: 1500, most: 25_000 };
/** A page closed without a word is gone for the others after a minute, and what was on its way to it is settled then. */
const settleMs = 120_000;
const expiringSettleMs = 75_000;
const expiryLateMs = 15_000;
/** So much lateness in the life of a room excuses it from being settled when it expires. */
const starvedMs = 15_000;
const likely = { expires: 0.4, sleep: 0.06, cut: 0.7, go: 0.05, wordless: 0.15, long: 0.02 };

const chance = (part: number): boolean => Math.random() < part;
const between = ({ least, most }: { least: number; most: number }): number => least + Math.random() * (most - least);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!;

let rooms = 0;

export class SoakRoom {
  readonly #soak: Soak;
  readonly #size: number;
  readonly #number = ++rooms;
  readonly #expires = chance(likely.expires);
  readonly #invite: Invite;
  /** Everyone who ever came. */
  readonly #ever: Member[] = [];
  readonly #errands: Promise<void>[] = [];
  readonly #lateBefore: number;
  readonly #talkUntil = Date.now() + arriveWithinMs + between(talkMs);

  constructor(soak: Soak, size: number) {
    this.#soak = soak;
    this.#size = size;
    this.#lateBefore = soak.calm.lateMs;
    const expiresAt = this.#expires ? Math.ceil((this.#talkUntil + expiringSettleMs) / 1000) : 0;
    this.#invite = { ...plainOptions, secret: new Uint8Array(randomBytes(32)), expiresAt, relayOnly: true };
  }

  async live(): Promise<void> {
    this.#soak.totals.rooms++;
    for (let i = 0; i < this.#size; i++) {
      await this.#come();
      await sleep((Math.random() * 2 * arriveWithinMs) / this.#size);
    }
    await this.#talk();
    await Promise.all(this.#errands);
    await this.#settle();
    this.#check();
    await this.#end();
    for (const member of this.#ever) this.#soak.here.delete(member);
  }

  get #present(): Member[] {
    return this.#ever.filter(({ ended }) => ended === null);
  }

  get #isOver(): boolean {
    return this.#expires && Date.now() >= this.#invite.expiresAt * 1000;
  }

  get #talking(): boolean {
    return !this.#soak.closing && Date.now() < this.#talkUntil;
  }

  // ---------------------------------------------------------------- what people do

  async #come(): Promise<void> {
    await this.#soak.calm.comes();
    if (this.#isOver) return;
    const member = new Member(`${this.#number}.${this.#ever.length}`, this.#invite, this.#soak.origin);
    this.#ever.push(member);
    this.#soak.here.add(member);
    this.#soak.totals.members++;
  }

  async #talk(): Promise<void> {
    while (this.#talking) {
      await sleep((-Math.log(Math.random()) * this.#soak.pauseS * 1000) / this.#size);
      await this.#soak.calm.comes();
      const awake = this.#present.filter((member) => member.awake);
      if (awake.length === 0 || !this.#talking) continue;
      const member = pick(awake);
      if (chance(likely.sleep)) this.#errands.push(this.#nap(member));
      else if (chance(likely.go)) this.#errands.push(this.#replace(member));
      else this.#say(member);
    }
  }

  #say(member: Member): void {
    const length = chance(likely.long) ? 20_000 : 10 + Math.floor(Math.random() ** 3 * 900);
    const text = `${member.name}/${member.said.size} `.padEnd(length, 'what is said ');
    member.say(
      text,
      this.#present.filter((other) => other !== member && member.meets(other)),
    );
    this.#soak.totals.messages++;
  }

  async #nap(member: Member): Promise<void> {
    this.#soak.totals.sleeps++;
    member.sleep(chance(likely.cut));
    await sleep(between(sleepMs));
    member.wake();
  }

  /** One goes, another comes. */
  async #replace(member: Member): Promise<void> {
    if (!this.#expires && chance(likely.wordless)) {
      this.#soak.totals.vanished++;
      member.vanish();
    } else {
      await this.#soak.calm.until(() => member.settled || member.ended !== null, settleMs);
      if (member.awake) this.#leave(member);
    }
    this.#soak.here.delete(member);
    await sleep(Math.random() * 3000);
    await this.#come();
  }

  #leave(member: Member): void {
    this.#soak.totals.left++;
    member.leave();
    this.#soak.here.delete(member);
  }

  // ---------------------------------------------------------------- the books

  async #settle(): Promise<void> {
    const met = (): boolean => this.#present.every((one) => this.#present.every((other) => one === other || one.meets(other)));
    const settled = (): boolean => this.#present.every((member) => member.settled);
    const over = (): boolean => this.#present.length === 0;
    await this.#soak.calm.until(() => over() || (met() && settled()), settleMs);
    if (!over() && met() && settled()) return;
    if (this.#expires && over() && this.#soak.calm.lateMs - this.#lateBefore > starvedMs) this.#soak.totals.unjudged++;
    else if (over()) this.#fault('it expired before its messages had arrived');
    for (const member of this.#present) {
      if (!member.settled) this.#fault(`${member.name} never learned what became of what it said`);
      for (const other of this.#present)
        if (other !== member && !member.people.has(other.id)) this.#fault(`${member.name} does not see ${other.name}`);
    }
  }

  #check(): void {
    const texts = new Set(this.#ever.flatMap(({ said }) => [...said.keys()]));
    for (const member of this.#ever) {
      for (const [text, times] of member.shown) {
        if (times > 1) this.#fault(`${member.name} was shown ${label(text)} ${times} times`);
        if (!texts.has(text)) this.#fault(`${member.name} was shown ${label(text)}, which nobody said`);
      }
      for (const { text, readers, delivery } of member.said.values()) {
        if (member.ended === 'gone' && delivery?.state !== 'delivered') continue;
        for (const reader of readers) {
          if (reader.ended !== null) continue;
          if (reader.shown.has(text)) this.#soak.totals.deliveries++;
          else this.#fault(`${reader.name} lacks ${label(text)} (${delivery?.state})`);
        }
      }
    }
  }

  async #end(): Promise<void> {
    if (this.#expires && !this.#soak.closing) {
      const waitMs = Math.max(0, this.#invite.expiresAt * 1000 - Date.now()) + expiryLateMs;
      await this.#soak.calm.until(() => this.#present.length === 0 || this.#soak.closing, waitMs);
    }
    const expired = this.#ever.filter(({ ended }) => ended === 'expired').length;
    this.#soak.totals.expired += expired;
    if (this.#expires && !this.#soak.closing && this.#present.length > 0)
      this.#fault(`the room did not expire for ${this.#present.length}`);
    for (const member of this.#ever) {
      if (member.ended === null) this.#leave(member);
      else if (!['left', 'gone', 'expired'].includes(member.ended)) this.#fault(`${member.name} was put out: ${member.ended}`);
    }
  }

  #fault(what: string): void {
    this.#soak.faults.push(`room ${this.#number}: ${what}`);
  }
}

const label = (text: string): string => text.slice(0, text.indexOf(' '));
