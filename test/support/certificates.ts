/** Certificates of a CA and of servers, made with openssl for one run: good, expired, or of another host. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Identity {
  readonly key: string
  readonly cert: string
}

export interface Certificates {
  /** The CA's certificate, PEM, and the file it stands in. */
  readonly ca: string
  readonly caFile: string
  /** For 127.0.0.1 and localhost, by the CA. */
  readonly good: Identity
  readonly expired: Identity
  readonly notYetValid: Identity
  /** For another host name. */
  readonly elsewhere: Identity
  /** Without a subjectAltName, as a CN alone once did. */
  readonly nameless: Identity
  /** Signed by itself, for 127.0.0.1. */
  readonly selfSigned: Identity
  remove(): void
}

const HERE = 'IP:127.0.0.1,DNS:localhost'

/** Why there can be no certificates here, or undefined when there can. */
export function opensslProblem(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return String(error)
  }
}

/**
 * Makes a CA and the certificates in a folder of their own, which `remove` deletes.
 * @throws {Error} where openssl fails
 */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-tls-'))
  const file = (name: string): string => path.join(folder, name)
  const read = (name: string): string => readFileSync(file(name), 'utf8')
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = (name: string): void =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`)
  const request = (name: string): void => {
    newKey(name)
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`)
  }
  const issue = (name: string, altName: string | undefined, from: string, to: string): Identity => {
    request(name)
    writeFileSync(file(`${name}.ext`), altName === undefined ? '' : `subjectAltName=${altName}\n`)
    openssl(
      'ca', '-batch', '-notext', '-config', 'ca.conf', '-in', `${name}.csr`, '-out', `${name}.crt`,
      '-extfile', `${name}.ext`, '-startdate', from, '-enddate', to,
    ) // prettier-ignore
    return { key: read(`${name}.key`), cert: read(`${name}.crt`) }
  }
  writeFileSync(file('index.txt'), '')
  writeFileSync(
    file('ca.conf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n' +
      'certificate=ca.crt\nprivate_key=ca.key\n[p]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n',
  )
  newKey('ca')
  const selfSign = (name: string, ...more: string[]): void =>
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '3650',
      '-out',
      `${name}.crt`,
      ...more,
    )
  selfSign('ca', '-addext', 'basicConstraints=critical,CA:TRUE')
  newKey('self')
  selfSign('self', '-addext', `subjectAltName=${HERE}`)
  const [before, after] = ['20000101000000Z', '20991231235959Z']
  return {
    ca: read('ca.crt'),
    caFile: file('ca.crt'),
    good: issue('good', HERE, before, after),
    expired: issue('expired', HERE, before, '20010101000000Z'),
    notYetValid: issue('later', HERE, '20980101000000Z', after),
    elsewhere: issue('elsewhere', 'DNS:gpu.example.com', before, after),
    nameless: issue('nameless', undefined, before, after),
    selfSigned: { key: read('self.key'), cert: read('self.crt') },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
