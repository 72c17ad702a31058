/** Certificates for tests, made by openssl: each vouches for itself, so whoever is given it as an authority trusts it and nobody else does. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  readonly keyPath: string;
  readonly certPath: string;
}

/** For `names`, as in `IP:127.0.0.1,DNS:mail.example.org`; its files lie in `folder` from then on. */
export function makeCertificate(folder: string, names: string): TestCertificate {
  const [keyPath, certPath] = [join(folder, `${names}.key`), join(folder, `${names}.pem`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=test', '-addext', `subjectAltName=${names}`, '-keyout', keyPath, '-out', certPath],
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(certPath, 'utf8'), keyPath, certPath };
}
