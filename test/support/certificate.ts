/** Creates self-signed certificates for `localhost` and `127.0.0.1`, valid for one day. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDirectory } from './temp-directory.js';

export interface Certificate {
  readonly keyPath: string;
  readonly certPath: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** @param name additional DNS name of the certificate */
export function createCertificate(name = 'localhost'): Certificate {
  const directory = createTempDirectory();
  const [keyPath, certPath] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,DNS:${name},IP:127.0.0.1`];
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
    ...names,
  ];
  execFileSync('openssl', [...request, '-keyout', keyPath, '-out', certPath], { stdio: 'ignore' });
  return { keyPath, certPath, key: readFileSync(keyPath), cert: readFileSync(certPath) };
}
