import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { configOf } from './config.ts';
import { FakeClock } from './testing/clock.ts';
import { TurnGrants } from './turn.ts';

describe('TurnGrants', () => {
  it('gives nothing where there is no server, and coturn credentials where there is one', () => {
    const clock = new FakeClock();
    expect(new TurnGrants(configOf(), clock).grant()).toBeNull();
    const grant = new TurnGrants(configOf({ turnUrls: ['turn:t.example'], turnSecret: 'secret', turnSeconds: 3600 }), clock).grant();
    expect(grant?.username).toMatch(new RegExp(`^${clock.wall() / 1000 + 3600}:[0-9a-f]{12}$`));
    expect(grant?.credential).toBe(
      createHmac('sha1', 'secret')
        .update(grant?.username ?? '')
        .digest('base64'),
    );
  });
});
