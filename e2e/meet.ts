/** How most stories begin: Ann has made a room and Bob has come. */
import type { Seat } from './fixtures.ts';
import type { Choices, Person } from './person.ts';
import type { Relay } from './relay.ts';

type Invites = (name: string, seat?: Seat) => Promise<Person>;

export interface Meeting {
  readonly ann: Person;
  readonly bob: Person;
  readonly link: string;
}

export interface Circumstances {
  readonly choices?: Omit<Choices, 'name'>;
  readonly ann?: Seat;
  readonly bob?: Seat;
}

export async function meet(person: Invites, relay: Relay, circumstances: Circumstances = {}): Promise<Meeting> {
  const ann = await person('Ann', circumstances.ann);
  const bob = await person('Bob', circumstances.bob);
  await ann.opens(relay.address(circumstances.ann));
  await ann.createsRoom({ name: 'Ann', ...circumstances.choices });
  const link = await ann.copiesInvite();
  await bob.opens(relay.address(circumstances.bob, link));
  await bob.joins('Bob', circumstances.choices?.password);
  await ann.seesPeople({ Bob: /direct|relayed/ });
  await bob.seesPeople({ Ann: /direct|relayed/ });
  return { ann, bob, link };
}
