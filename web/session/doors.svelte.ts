/**
 * Ways into rooms for someone without a link: taking a spoken code, the list of rooms, knocking. Loaded when one of them is wanted.
 * What comes out of any of them is an invite, which is then shown like one that was opened.
 */

import { ClaimCode } from '../../shared/doors/claim-code.ts';
import { type Code, complete, readCode, suggest } from '../../shared/doors/code.ts';
import type { Errand } from '../../shared/doors/desk-call.ts';
import { Knock, type KnockEvent } from '../../shared/doors/knock.ts';
import { checkListing, type ShownRoom } from '../../shared/doors/listing.ts';
import { type ListEvent, ReadList } from '../../shared/doors/read-list.ts';
import { ProtocolError } from '../../shared/errors.ts';
import type { Cpace } from '../../shared/handshake/pairwise.ts';
import type { Random } from '../../shared/ports.ts';
import type { RunningDeskCall } from '../net/desk-call.ts';
import type { DoorFault, DoorsView, KnockView, ListedRoomView, ListView } from './door-types.ts';
import type { RoomLink } from './invite.ts';
import { RoomDoor } from './room-door.svelte.ts';

export interface DoorsPorts {
  /** http(s)://host[:port] of the relay that served this page. */
  readonly origin: string;
  readonly random: Random;
  wallNow(): number;
  call<Event>(errand: Errand<Event>, origin: string, tell: (event: Event) => void): RunningDeskCall<Event>;
  /** The code for passwords, which rooms without one do not load. */
  cpace(): Promise<Cpace>;
  /** Shows an invite. */
  openInvite(text: string): void;
}

export class Doors implements DoorsView {
  readonly relay: string;
  readonly list: RoomList;
  readonly suggest = suggest;
  readonly complete = complete;
  readonly #ports: DoorsPorts;

  constructor(ports: DoorsPorts) {
    this.#ports = ports;
    this.relay = new URL(ports.origin).host;
    this.list = new RoomList(ports);
  }

  async claim(typed: string): Promise<DoorFault | null> {
    const code = readCode(typed);
    return code === null ? 'not-a-code' : await this.#claim(code);
  }

  /** The door of a room that this page is in. `knocked` hears of every visitor. */
  forRoom(link: RoomLink, knocked: (name: string) => void): RoomDoor {
    return new RoomDoor(link, this.#ports, knocked);
  }

  async #claim(code: Code): Promise<DoorFault | null> {
    const { random, origin } = this.#ports;
    const errand = new ClaimCode({ code, cpace: await this.#ports.cpace(), random });
    return await new Promise((resolve) => {
      this.#ports.call(errand, origin, (event) => {
        if (event.type === 'wrong') resolve('wrong-code');
        else if (event.type === 'refused') resolve(event.why);
        else if (event.type === 'invite') {
          this.#ports.openInvite(linkIn(event.invite));
          resolve(null);
        }
      });
    });
  }
}

/** What was handed over, as something to open. */
function linkIn(invite: string): string {
  return invite.includes('#') ? invite : `#${invite}`;
}

class RoomList implements ListView {
  state = $state.raw<ListView['state']>('reading');
  rooms = $state.raw<readonly ListedRoomView[]>([]);
  knock = $state.raw<KnockView | undefined>();
  readonly #ports: DoorsPorts;
  #reading: { readonly errand: ReadList; readonly call: RunningDeskCall<ListEvent> } | undefined;
  #knocking: RunningDeskCall<KnockEvent> | undefined;

  constructor(ports: DoorsPorts) {
    this.#ports = ports;
  }

  read(): void {
    this.close();
    this.state = 'reading';
    const errand = new ReadList(this.#ports.random);
    this.#reading = { errand, call: this.#ports.call(errand, this.#ports.origin, (event) => this.#heard(event)) };
  }

  close(): void {
    this.stopKnocking();
    this.#reading?.call.close();
    this.#reading = undefined;
    this.rooms = [];
  }

  enter(room: ListedRoomView): DoorFault | null {
    const checked = this.#check(room);
    if (typeof checked === 'string') return checked;
    this.#ports.openInvite(linkIn(checked.invite));
    return null;
  }

  knockAt(room: ListedRoomView, name: string): void {
    this.stopKnocking();
    const checked = this.#check(room);
    if (typeof checked === 'string') {
      this.knock = { room, state: checked, sas: [] };
      return;
    }
    this.knock = { room, state: 'knocking', sas: [] };
    const errand = new Knock({ roomPub: checked.roomPub, name, random: this.#ports.random });
    this.#knocking = this.#ports.call(errand, this.#ports.origin, (event) => this.#knocked(room, event));
  }

  stopKnocking(): void {
    this.#knocking?.close();
    this.#knocking = undefined;
    this.knock = undefined;
  }

  /** Nobody acts on words that the room did not sign. */
  #check({ id, access }: ListedRoomView): { readonly roomPub: Uint8Array; readonly invite: string } | DoorFault {
    const room = this.#reading?.errand.room(id);
    if (room === undefined) return 'gone';
    try {
      const checked = checkListing(room.roomPub, room.listing);
      return checked.access === access ? { roomPub: room.roomPub, invite: checked.invite } : 'gone';
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return 'forged';
    }
  }

  #heard(event: ListEvent): void {
    if (event.type === 'refused') {
      this.state = event.why;
      this.rooms = [];
      return;
    }
    this.state = 'here';
    this.rooms = event.rooms.map((room) => this.#view(room));
  }

  #knocked(room: ListedRoomView, event: KnockEvent): void {
    switch (event.type) {
      case 'waiting':
        this.knock = { room, state: event.sas.length === 0 ? 'knocking' : 'heard', sas: event.sas };
        return;
      case 'invite':
        this.#ports.openInvite(linkIn(event.invite));
        this.close();
        return;
      case 'declined':
      case 'unanswered':
        this.knock = { room, state: event.type, sas: [] };
        return;
      case 'refused':
        this.knock = { room, state: event.why, sas: [] };
        return;
    }
  }

  #view({ remainingS, ...room }: ShownRoom): ListedRoomView {
    return { ...room, expiresAt: remainingS === 0 ? null : this.#ports.wallNow() + remainingS * 1000 };
  }
}
