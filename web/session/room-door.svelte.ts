/** The door of a room that this page is in: a code to read out, a place in the relay's list, visitors who knock. */
import type { Refusal } from '../../shared/doors/desk-call.ts';
import { type DoorEvent, KeepDoor } from '../../shared/doors/keep-door.ts';
import type { ShownRoom } from '../../shared/doors/listing.ts';
import { ShareCode, type ShareEvent } from '../../shared/doors/share-code.ts';
import { encodeInvite } from '../../shared/wire/invite.ts';
import type { RunningDeskCall } from '../net/desk-call.ts';
import type { CodeView, DoorFault, ListedRoomView, RoomDoorView, VisitorView, Wording } from './door-types.ts';
import type { DoorsPorts } from './doors.svelte.ts';
import { linkAt, type RoomLink } from './invite.ts';

export class RoomDoor implements RoomDoorView {
  code = $state.raw<CodeView>({ state: 'none' });
  listing = $state.raw<ListedRoomView | null | undefined>();
  fault = $state.raw<DoorFault | undefined>();
  visitors = $state.raw<readonly VisitorView[]>([]);
  readonly #ports: DoorsPorts;
  readonly #knocked: (name: string) => void;
  readonly #link: RoomLink;
  /** What changes hands: with the address of its page only where that is not the one both are at. */
  readonly #handed: string;
  #sharing: RunningDeskCall<ShareEvent> | undefined;
  #keeper: { readonly door: KeepDoor; readonly call: RunningDeskCall<DoorEvent> } | undefined;

  constructor(link: RoomLink, ports: DoorsPorts, knocked: (name: string) => void) {
    this.#knocked = knocked;
    this.#link = link;
    this.#handed = link.page === ports.origin ? encodeInvite(link.invite) : linkAt(link.page, link);
    this.#ports = ports;
  }

  // ---------------------------------------------------------------- a code

  makeCode(): void {
    this.dropCode();
    const making = { state: 'making' } as const;
    this.code = making;
    void this.#share(making);
  }

  dropCode(): void {
    this.#sharing?.close();
    this.#sharing = undefined;
    this.code = { state: 'none' };
  }

  /** Not where the person has thought better of it, or left, while the part for it was fetched. */
  async #share(making: CodeView): Promise<void> {
    const cpace = await this.#ports.cpace();
    if (this.code !== making) return;
    const errand = new ShareCode({ invite: this.#handed, cpace, random: this.#ports.random });
    this.#sharing = this.#ports.call(errand, this.#ports.origin, (event) => this.#shared(event));
  }

  #shared(event: ShareEvent): void {
    switch (event.type) {
      case 'code':
        this.code = { state: 'ready', code: event.code, expiresAt: this.#ports.wallNow() + event.remainingMs };
        return;
      case 'claimed':
        if (this.code.state === 'ready') this.code = { ...this.code, state: 'claimed' };
        return;
      case 'used':
        this.code = { state: 'used' };
        return;
      case 'burned':
        this.code = { state: event.why };
        return;
      case 'over':
        this.code = { state: 'over' };
        return;
      case 'refused':
        this.code = { state: 'refused', fault: event.why };
        return;
    }
  }

  // ---------------------------------------------------------------- the list

  attend(): void {
    this.#attending();
  }

  publish(wording: Wording): void {
    this.fault = undefined;
    const { door, call } = this.#attending();
    call.act((line) => door.publish(wording, line));
  }

  withdraw(): void {
    this.fault = undefined;
    const { door, call } = this.#attending();
    call.act((line) => door.withdraw(line));
  }

  #attending(): { readonly door: KeepDoor; readonly call: RunningDeskCall<DoorEvent> } {
    if (this.#keeper !== undefined && !this.#keeper.call.isOver) return this.#keeper;
    const door = new KeepDoor({ invite: this.#link.invite, handed: this.#handed, origin: this.#ports.origin, random: this.#ports.random });
    const call = this.#ports.call(door, this.#ports.origin, (event) => this.#kept(event));
    this.#keeper = { door, call };
    return this.#keeper;
  }

  #kept(event: DoorEvent): void {
    switch (event.type) {
      case 'listed':
        this.listing = event.room === null ? null : this.#view(event.room);
        return;
      case 'knock': {
        const { id, name, sas } = event;
        this.visitors = [...this.visitors, { id, name, sas }];
        this.#knocked(name);
        return;
      }
      case 'knock-over':
        this.visitors = this.visitors.filter(({ id }) => id !== event.id);
        return;
      case 'refused':
        this.#refused(event.why);
        return;
    }
  }

  #refused(why: Refusal): void {
    this.fault = why;
    if (why === 'busy') return; // still at the door
    this.visitors = [];
    this.listing = null;
  }

  #view({ remainingS, ...room }: ShownRoom): ListedRoomView {
    return { ...room, expiresAt: remainingS === 0 ? null : this.#ports.wallNow() + remainingS * 1000 };
  }

  // ---------------------------------------------------------------- visitors

  letIn({ id }: VisitorView): void {
    const keeper = this.#keeper;
    keeper?.call.act((line) => keeper.door.letIn(id, line));
  }

  decline({ id }: VisitorView): void {
    const keeper = this.#keeper;
    keeper?.call.act((line) => keeper.door.decline(id, line));
  }

  /** The page was away: both calls may be dead. */
  resume(): void {
    this.#sharing?.resume();
    this.#keeper?.call.resume();
  }

  /** The room has ended, or has other keys now. */
  close(): void {
    this.dropCode();
    this.#keeper?.call.close();
    this.#keeper = undefined;
    this.visitors = [];
    this.listing = null;
  }
}
