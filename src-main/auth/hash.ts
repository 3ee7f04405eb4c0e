/** Hashes passwords with scrypt and a salt, and random tokens with SHA-256. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { MAX_PASSWORD_CHARS } from '../../src-shared/limits.ts'
import { SCRYPT_COST, SCRYPT_KEY_BYTES, SCRYPT_SALT_BYTES, TOKEN_BYTES } from './limits.ts'

/** The parameters of scrypt: `N` doubles memory and time, `p` the time alone; 128 × N × r bytes are used. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

interface StoredHash extends ScryptCost {
  readonly salt: Buffer
  readonly key: Buffer
}

/** The highest cost that a stored hash may name, half a gigabyte: a hash written by hand could else take all memory. */
const MAX_COST = { N: 2 ** 19, r: 16, p: 16, memory: 512 * 1024 * 1024 } as const

const FORMAT = /^scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2}):([\w-]{16,128}):([\w-]{40,128})$/

/** UTF-16 units that one character may be written with: two for an emoji, more for a letter and its accents. */
const UNITS_PER_CHAR = 4

/**
 * Whether a text is longer than any password. To be checked before a text is normalised: some characters become
 * eighteen, and normalising a megabyte of them would block the process for seconds.
 */
export function isOverlong(password: string): boolean {
  return password.length > MAX_PASSWORD_CHARS * UNITS_PER_CHAR
}

function derive(password: string, salt: Buffer, bytes: number, cost: ScryptCost): Promise<Buffer> {
  const { N, r, p } = cost
  // Node's default limit is 32 MB; scrypt needs a little more than 128 × N × r bytes.
  const maxmem = 256 * N * r
  // The same letter has several encodings (é as one character or two), and keyboards differ in which they send.
  const text = password.normalize('NFKC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, bytes, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/**
 * Hashes a password with a new salt.
 * @returns `scrypt:N:r:p:salt:key`, salt and key in base64url
 */
export async function hashPassword(password: string, cost: ScryptCost = SCRYPT_COST): Promise<string> {
  const salt = randomBytes(SCRYPT_SALT_BYTES)
  const key = await derive(password, salt, SCRYPT_KEY_BYTES, cost)
  const { N, r, p } = cost
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join(':')
}

/** Whether scrypt accepts these parameters and they are within MAX_COST. */
function isUsable({ N, r, p }: ScryptCost): boolean {
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0
  const isAffordable = N <= MAX_COST.N && r <= MAX_COST.r && p <= MAX_COST.p && 128 * N * r <= MAX_COST.memory
  return isPowerOfTwo && isAffordable && r >= 1 && p >= 1
}

function parseHash(text: string): StoredHash | undefined {
  const [, n = '', rText = '', pText = '', salt = '', key = ''] = FORMAT.exec(text) ?? []
  const [N, r, p] = [Number(n), Number(rText), Number(pText)]
  if (!isUsable({ N, r, p })) return undefined
  return { N, r, p, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

/** Whether a password matches a stored hash. No password matches a hash that cannot be read. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const stored = parseHash(hash)
  if (stored === undefined || isOverlong(password)) return false
  return timingSafeEqual(await derive(password, stored.salt, stored.key.length, stored), stored.key)
}

/** A new secret of 256 random bits, in base64url. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** The SHA-256 of a text in base64url. Enough to store random tokens by: they cannot be guessed, as passwords can. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** Whether two secrets are equal, in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)))
}
