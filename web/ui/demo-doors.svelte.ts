/** Doors for the demo: a list, knocks and codes that answer without a relay. */
import type {
  Access,
  CodeView,
  DoorFault,
  DoorsView,
  KnockView,
  ListedRoomView,
  ListView,
  RoomDoorView,
  VisitorView,
  Wording,
} from '../session/types.ts';

const minute = 60_000;

const listed = (n: number, title: string, topic: string, access: Access, people: number, minutes: number | null): ListedRoomView => ({
  id: `room${n}`,
  title,
  topic,
  access,
  people,
  expiresAt: minutes === null ? null : Date.now() + minutes * minute,
});

export const listedRooms: readonly ListedRoomView[] = [
  listed(1, 'Reading circle', 'This week: short stories from the north. Newcomers are welcome.', 'knock', 7, 55),
  listed(2, 'Public hearing', 'Read along and ask: the new bicycle road', 'open', 23, 170),
  listed(3, 'قراءة', 'نقرأ معًا كل مساء', 'knock', 3, null),
  listed(4, 'Band practice', '', 'code', 4, 20),
  listed(5, 'W'.repeat(80), 'A topic without an end '.repeat(10), 'knock', 1, 600),
];

const sas = [3, 17, 39, 45, 22, 60, 8];

class DemoList implements ListView {
  state = $state.raw<ListView['state']>('here');
  rooms = $state.raw<readonly ListedRoomView[]>([]);
  knock = $state.raw<KnockView | undefined>();
  readonly #rooms: readonly ListedRoomView[];

  constructor(rooms: readonly ListedRoomView[], state: ListView['state']) {
    this.#rooms = rooms;
    this.rooms = rooms;
    this.state = state;
  }

  read() {
    this.rooms = this.#rooms;
  }

  close() {}

  enter(): DoorFault | null {
    return 'forged';
  }

  knockAt(room: ListedRoomView) {
    this.knock = { room, state: 'heard', sas: [sas, sas.map((index) => (index + 9) % 64)] };
  }

  stopKnocking() {
    this.knock = undefined;
  }
}

export function demoDoors(rooms: readonly ListedRoomView[] = listedRooms, state: ListView['state'] = 'here'): DoorsView {
  return {
    relay: 'hush.example',
    list: new DemoList(rooms, state),
    suggest: (typed) => (/^\d+\W+c\w*$/.test(typed) ? ['cabin', 'cactus', 'camel', 'carpet'] : []),
    complete: (typed, word) => `${typed.split(/\W+/)[0]}-${word}`,
    claim: async (typed) => (typed.split('-').length === 4 ? 'wrong-code' : 'not-a-code'),
  };
}

export class DemoDoor implements RoomDoorView {
  code = $state.raw<CodeView>({ state: 'none' });
  listing = $state.raw<ListedRoomView | null | undefined>(null);
  fault = $state.raw<DoorFault | undefined>();
  visitors = $state.raw<readonly VisitorView[]>([]);

  constructor(set: Partial<RoomDoorView> = {}) {
    Object.assign(this, set);
  }

  makeCode() {
    this.code = { state: 'ready', code: '7-crystal-window-potato', expiresAt: Date.now() + 10 * minute };
  }

  dropCode() {
    this.code = { state: 'none' };
  }

  attend() {}
  resume() {}

  publish({ title, topic, access }: Wording) {
    this.listing = listed(9, title, topic, access, 3, 50);
  }

  withdraw() {
    this.listing = null;
  }

  letIn({ id }: VisitorView) {
    this.visitors = this.visitors.filter((visitor) => visitor.id !== id);
  }

  decline(visitor: VisitorView) {
    this.letIn(visitor);
  }
}

export const visitors: readonly VisitorView[] = [
  { id: 'a', name: 'Alice', sas },
  { id: 'b', name: '', sas: sas.map((index) => (index + 20) % 64) },
];
