/** Says in words why a notification got no answer. */
import { RefusedAddressError } from './address-policy.js';

/** The receiver has not answered in time. */
export class AnswerTimeoutError extends Error {
  override readonly name = 'AnswerTimeoutError';
}

const REASONS: Readonly<Record<string, (host: string) => string>> = {
  ABORT_ERR: (host) => `the service stopped before ${host} answered`,
  ENOTFOUND: (host) => `${host} is not known to DNS: correct the host in the URL`,
  EAI_AGAIN: (host) => `DNS did not answer for ${host}`,
  ECONNREFUSED: (host) => `${host} refused the connection`,
  ECONNRESET: (host) => `${host} closed the connection without an answer`,
  EPIPE: (host) => `${host} closed the connection without an answer`,
  EHOSTUNREACH: (host) => `there is no route to ${host}`,
  ENETUNREACH: (host) => `there is no route to ${host}`,
  ETIMEDOUT: (host) => `${host} did not accept the connection in time`,
};

/** Codes of certificates that OpenSSL or Node refuses. */
const CERTIFICATE_CODE = /CERT|UNABLE_TO|SIGNATURE|INVALID_CA|HOSTNAME_MISMATCH/;
const TLS_CODE = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;
const HTTP_CODE = /^HPE_/;

/**
 * Returns the reason of a failure. It names the host and the code, never the message of the error: messages may contain
 * the URL, and the path of a URL may be a secret.
 * @param host host of the URL, with its port unless that is the default
 */
export function describeFailure(error: Error, host: string): string {
  if (error instanceof RefusedAddressError || error instanceof AnswerTimeoutError) return error.message;
  const code = 'code' in error ? String(error.code) : error.name;
  const reason = REASONS[code];
  if (reason) return reason(host);
  if (CERTIFICATE_CODE.test(code)) return `the certificate of ${host} is not trusted (${code})`;
  if (TLS_CODE.test(code)) return `${host} failed the TLS handshake (${code})`;
  if (HTTP_CODE.test(code)) return `${host} sent an answer that is not valid HTTP (${code})`;
  return `${host} could not be reached (${code})`;
}
