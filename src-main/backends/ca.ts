/** Reads what `tls.ca` names. */
import { X509Certificate } from 'node:crypto'
import { MAX_CA_CHARS } from '../../src-shared/limits.ts'
import { readText } from '../settings/file.ts'

/**
 * The content of a CA file. Only a regular file of limited size is read, without waiting: a device or a pipe could be read
 * without end, and so could a file of /proc, which says that it is regular and empty.
 */
function readCaFile(file: string): string {
  const text = readText(file, MAX_CA_CHARS)
  if (text === undefined) throw new Error('there is no such file')
  return text
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
