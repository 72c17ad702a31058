/**
 * Runs an errand at a relay's desk (shared/doors/desk-call.ts): a socket of its own, one timer, and nothing else. Errands are few and
 * say little, so there is no queue here: a message is handled when it comes.
 */
import { DeskCall, type DeskCallInput, type DeskCallOutput, type Errand, type Line } from '../../shared/doors/desk-call.ts';
import type { DriverPorts } from './driver.ts';
import type { RelaySocket } from './relay-socket.ts';

export type DeskCallPorts = Pick<DriverPorts, 'now' | 'random' | 'after' | 'yieldTo' | 'dialRelay'>;

export interface RunningDeskCall<Event> {
  /** Lets the errand do what the person wants; nothing once it is over. */
  act(use: (line: Line<Event>) => void): void;
  /** The page slept, or its network changed. */
  resume(): void;
  /** Ends it without a word to the person. Any number of times. */
  close(): void;
  readonly isOver: boolean;
}

const done = 1000;
const lost = 4000;
/** Longer than setTimeout can count. */
const farMs = 2 ** 31 - 1;

export function runDeskCall<Event>(
  errand: Errand<Event>,
  origin: string,
  ports: DeskCallPorts,
  tell: (event: Event) => void,
): RunningDeskCall<Event> {
  const call = new DeskCall(errand, ports.now());
  let socket: RelaySocket | undefined;
  let cancel: () => void = () => {};
  let quiet = false;

  const step = (input: DeskCallInput): void => carryOut(call.step(input, { now: ports.now(), random: ports.random }));

  const carryOut = (outputs: readonly DeskCallOutput<Event>[]): void => {
    for (const output of outputs) {
      switch (output.type) {
        case 'dial':
          dial();
          break;
        case 'send':
          socket?.send(output.bytes);
          break;
        case 'hang-up':
          socket?.close(output.keep ? lost : done);
          socket = undefined;
          break;
        case 'event':
          if (!quiet) tell(output.event);
          break;
        case 'drop':
          break; // counted by whoever looks for it in a test; a person can do nothing about it
      }
    }
    setAlarm();
  };

  const dial = (): void => {
    const mine: RelaySocket = ports.dialRelay(origin, {
      open: () => socket === mine && step({ type: 'opened' }),
      bytes: (bytes) => socket === mine && step({ type: 'bytes', bytes }),
      closed: (code) => {
        if (socket !== mine) return;
        socket = undefined;
        step({ type: 'closed', code });
      },
    });
    socket = mine;
  };

  /** A wake that is due already is a slice of work: the browser gets its turn in between, and no timer is waited for. */
  const setAlarm = (): void => {
    cancel();
    cancel = () => {};
    const delay = call.nextWake() - ports.now();
    if (delay === Number.POSITIVE_INFINITY) return;
    if (delay > 0) {
      cancel = ports.after(Math.min(delay, farMs), () => step({ type: 'wake' }));
      return;
    }
    let cancelled = false;
    cancel = () => {
      cancelled = true;
    };
    ports.yieldTo(() => cancelled || step({ type: 'wake' }));
  };

  setAlarm();
  return {
    act: (use) => carryOut(call.act({ now: ports.now(), random: ports.random }, use)),
    resume: () => step({ type: 'resumed' }),
    close: () => {
      quiet = true;
      carryOut(call.act({ now: ports.now(), random: ports.random }, (line) => line.end()));
    },
    get isOver() {
      return call.isOver;
    },
  };
}
