/** The control connection against a real tor. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { Control } from './control.ts';
import type { TorError } from './errors.ts';

const [client] = inject('torNetwork').clients;
const place = { host: client!.address, port: client!.controlPort };

describe('the control connection to a real tor', () => {
  it('authenticates with the cookie, asks, sets, and hears', async () => {
    const control = await Control.open(place);
    expect(await control.info('version')).toMatch(/^0\.4\./);
    expect(await control.info('status/bootstrap-phase')).toContain('PROGRESS=100');
    expect((await control.info('config-text')).split('\n')).toContain('ClientOnly 1');
    await control.setConf([['Nickname', 'changed']]);
    expect(await control.conf('Nickname')).toEqual(['changed']);
    const heard = new Promise<string>((resolve) => void control.listen(['SIGNAL'], ({ words }) => resolve(words.join(' '))));
    await control.signal('NEWNYM');
    expect(await heard).toBe('SIGNAL NEWNYM');
    control.close();
  });

  it('says so when the cookie is of another tor', async () => {
    const cookieFile = join(inject('torNetwork').folder, 'another-cookie');
    writeFileSync(cookieFile, Buffer.alloc(32, 1));
    const error = await Control.open(place, { cookieFile }).catch((failure: TorError) => failure);
    expect(error).toMatchObject({ code: 'wrong-cookie' });
  });
});
