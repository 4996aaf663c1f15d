/** Variables: where the service listens, and who may reach it with which right. */
import { IsNotEmpty, IsString, Matches } from 'class-validator';
import { isTrust } from '../auth/client-address.js';
import { isOrigin } from '../auth/origin-policy.js';
import { Secret, TokenList } from './token-list.js';
import { Checked, isUrlOrEmpty, ListOf, Meaning, OneOf, SecretText, Tokens } from './variable.decorators.js';
import { WholeText } from '../validation/integer.decorator.js';

const NO_TOKENS = TokenList.read('');
/** Signatures by a key pair: a secret that is shared with the issuer has no place in a published key set. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

export class Reach {
  @Meaning('Address to listen on. 0.0.0.0 or :: for all.')
  @IsNotEmpty({ message: 'must be a host name or an address' })
  @IsString()
  readonly HOST: string = '127.0.0.1';

  @Meaning('Port to listen on. 0 takes a free one.')
  @WholeText(0, 65_535)
  readonly PORT: number = 8082;

  @Meaning('Path that all addresses are under, for a proxy that passes it on. Empty for none.')
  @Matches(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/, {
    message: 'must be a path like /tally or /a/b: a slash before each part, none at the end; leave it empty for none',
  })
  readonly BASE_PATH: string = '';

  @Meaning(
    'Tokens that may watch and read: name:secret each, with commas between; name@a+b:secret for dashboards a and b alone.',
  )
  @Tokens()
  readonly READ_TOKENS: TokenList = NO_TOKENS;

  @Meaning('Tokens that may also change counts, likewise.')
  @Tokens()
  readonly WRITE_TOKENS: TokenList = NO_TOKENS;

  @Meaning('Tokens that may also define and delete dashboards and counters, likewise.')
  @Tokens()
  readonly ADMIN_TOKENS: TokenList = NO_TOKENS;

  @Meaning('File with more of READ_TOKENS, a line each. Read at the start.')
  @IsString()
  readonly READ_TOKENS_FILE: string = '';

  @Meaning('File with more of WRITE_TOKENS.')
  @IsString()
  readonly WRITE_TOKENS_FILE: string = '';

  @Meaning('File with more of ADMIN_TOKENS.')
  @IsString()
  readonly ADMIN_TOKENS_FILE: string = '';

  @Meaning(
    'What may be done without a token: none, read or write. Where no token is configured and HOST is this machine alone, everything.',
  )
  @OneOf('none', 'read', 'write')
  readonly ALLOW_ANONYMOUS: 'none' | 'read' | 'write' = 'none';

  @Meaning('Issuer of JWTs that are taken as tokens (their iss). Empty: none are.')
  @Checked(isUrlOrEmpty, 'must be the URL of the issuer')
  readonly JWT_ISSUER: string = '';

  @Meaning('Audience that JWTs have to name (their aud).')
  @IsString()
  readonly JWT_AUDIENCE: string = '';

  @Meaning('Where the issuer publishes its keys. Empty: /.well-known/jwks.json under JWT_ISSUER.')
  @Checked(isUrlOrEmpty, 'must be an http or https URL')
  readonly JWT_JWKS_URL: string = '';

  @Meaning('Signature algorithms that JWTs may have.')
  @ListOf((part) => ALGORITHMS.includes(part), `must be of ${ALGORITHMS.join(', ')}`)
  readonly JWT_ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA'];

  @Meaning('Seconds by which the clock of the issuer may differ.')
  @WholeText(0, 600)
  readonly JWT_CLOCK_SKEW_S: number = 30;

  @Meaning(
    'Secret that tickets are signed with, the same on all instances behind one address. Empty: a random one at each start.',
  )
  @SecretText()
  readonly TICKET_SECRET: Secret = new Secret('');

  @Meaning('File with the TICKET_SECRET.')
  @IsString()
  readonly TICKET_SECRET_FILE: string = '';

  @Meaning(
    'Origins whose pages may watch and change beside those of the service itself, such as https://shop.example.org, with commas between.',
  )
  @ListOf(isOrigin, 'must be origins: scheme, host, and the port where it is not the usual one, nothing behind')
  readonly ALLOWED_ORIGINS: readonly string[] = [];

  @Meaning(
    'Host names that the service may be asked for by, with commas between. Empty: any; where it is open to all, addresses and local names.',
  )
  @ListOf(
    (part) => /^[a-z0-9.:[\]-]+$/.test(part) && !/[^\]]:\d+$/.test(part),
    'must be host names in small letters, without ports',
  )
  readonly ALLOWED_HOSTS: readonly string[] = [];

  @Meaning(
    'Proxies whose X-Forwarded-For, -Host and -Proto count: addresses, ranges (10.0.0.0/8), loopback, linklocal or uniquelocal, with commas between.',
  )
  @Checked(isTrust, 'must be addresses, ranges such as 10.0.0.0/8, loopback, linklocal or uniquelocal')
  readonly TRUST_PROXY: string = '';

  @Meaning(
    'Tokens that may be wrong per minute and address. Then none from there is looked at until the minute is over: 429.',
  )
  @WholeText(1, 1_000_000)
  readonly MAX_FAILURES: number = 60;
}
