/** What the clerk does with orders that come before the one before them is done. The rest is in web/net/transfers.test.ts. */
import { expect, test, vi } from 'vitest';
import { FilesClerk, type FilesReport } from './files-clerk.ts';

const secrets = { key: new Uint8Array(32), root: new Uint8Array(32) };

test('a file that is given up before its place is open leaves nothing open', async () => {
  const did: string[] = [];
  const handle = {
    async createWritable() {
      did.push('opened');
      return { abort: async () => void did.push('closed') };
    },
  } as unknown as FileSystemFileHandle;
  const clerk = new FilesClerk(() => {});
  clerk.take({ do: 'receive', id: 1, size: 10, ...secrets, sink: { kind: 'disk', handle } });
  clerk.take({ do: 'forget', id: 1, keep: false });
  await vi.waitFor(() => expect(did).toEqual(['opened', 'closed']));
});

test('a file of ours that is given up at once is not read through', async () => {
  const reports: FilesReport[] = [];
  const clerk = new FilesClerk((report) => reports.push(report));
  const file = new Blob([new Uint8Array(4_000_000)]);
  const read = vi.spyOn(file, 'slice');
  clerk.take({ do: 'prepare', id: 1, file, key: secrets.key });
  clerk.take({ do: 'forget', id: 1, keep: false });
  clerk.take({ do: 'prepare', id: 2, file: new Blob([new Uint8Array(8_000_000)]), key: secrets.key });
  await vi.waitFor(() => expect(reports).toEqual([{ did: 'prepared', id: 2, root: expect.anything() }]));
  expect(read.mock.calls.length).toBeLessThanOrEqual(1);
});
