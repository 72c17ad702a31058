/** Sixteen people in one room: everyone is seen, heard once, and in one order. */
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test('sixteen people see and hear each other', async ({ person, startRelay }) => {
  test.setTimeout(240_000);
  const relay = await startRelay();
  const { ann, bob, link } = await meet(person, relay);
  const people = [ann, bob];
  for (let number = 3; number <= 16; number++) {
    const guest = await person(`Guest ${number}`);
    await guest.opens(link);
    await guest.joins(`Guest ${number}.`);
    people.push(guest);
  }
  for (const one of people) {
    await expect(one.people.getByRole('listitem').filter({ hasText: /direct|relayed/ })).toHaveCount(15, { timeout: 60_000 });
  }
  const said = people.map((one) => `${one.name} was here.`);
  await Promise.all(people.map((one, index) => one.says(said[index]!)));
  for (const one of people) await expect(one.log.getByRole('article')).toHaveCount(16, { timeout: 30_000 });
  const order = await ann.order(said);
  for (const [index, one] of people.entries()) {
    expect(await one.order(said)).toEqual(order);
    await one.seesDelivered(said[index]!, 30_000);
  }
});
