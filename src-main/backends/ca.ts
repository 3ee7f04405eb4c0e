/** Reads what `tls.ca` names. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { MAX_CA_CHARS } from '../../src-shared/limits.ts'

/**
 * The content of a CA file. Only a regular file of limited size is read: a device or a pipe could be read without
 * end.
 */
function readCaFile(file: string): string {
  const stats = statSync(file)
  if (!stats.isFile()) throw new Error('it is not a file')
  if (stats.size > MAX_CA_CHARS) throw new Error(`it is larger than ${MAX_CA_CHARS / 1024} KB`)
  return readFileSync(file, 'utf8')
}

/**
 * The certificate that `tls.ca` means: the PEM text itself, or the content of the file that it names.
 * @throws {Error} where it cannot be read or is not a certificate
 */
export function readCa(ca: string): string {
  const pem = ca.includes('-----BEGIN') ? ca : readCaFile(ca.trim())
  try {
    new X509Certificate(pem)
  } catch {
    // OpenSSL's message would not help a user.
    throw new Error('it is not a PEM certificate')
  }
  return pem
}
