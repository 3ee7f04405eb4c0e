/** What starts the program elsewhere: compose files, Kubernetes' manifest, systemd's unit, the Dockerfile, Traefik's files. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Ajv } from 'ajv'
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1'
import { ConfigMap, Service, type IConfigMap, type IService } from 'kubernetes-models/v1'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { readEnvironment, VARIABLES } from '../../../src-main/platform/environment.ts'
import { version } from '../../../src-main/platform/package-info.ts'
import { judge, savedConfigSchema } from '../../../src-shared/config/schema.ts'
import { DEFAULT_PORT } from '../../../src-shared/limits.ts'
import { folderOfFile } from '../../support/folder.ts'
import { projectRoot } from '../../support/program.ts'
import { check, hasTool } from '../../support/system-tools.ts'

const DEPLOY = 'docs/deploy'
const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8')

const COMPOSE_FILES = ['docker-compose.yml', 'docker-compose.host.yml']
const composeSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      build: z.string(),
      environment: z.record(z.string(), z.string()),
      read_only: z.literal(true),
      volumes: z.array(z.string()),
      network_mode: z.string().optional(),
      networks: z.array(z.string()).optional(),
      ports: z.array(z.string()).optional(),
      stop_grace_period: z.string(),
    }),
  ),
  networks: z.record(z.string(), z.looseObject({ external: z.boolean() })).optional(),
})

/** The validator of Compose's own schema, which comes with dclint. */
function composeProblems(file: string, text = read(file)): unknown[] {
  const folder = path.dirname(createRequire(import.meta.url).resolve('dclint/package.json'))
  const schema = JSON.parse(readFileSync(path.join(folder, 'schemas/compose.schema.json'), 'utf8')) as object
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false })
  const validate = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' })
  validate(parse(text))
  return validate.errors ?? []
}

/** A value as Compose reads it with these variables: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`. */
function interpolated(text: string, variables: Record<string, string>): string {
  return text.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_all, name: string, kind = '', rest = '') => variables[name] ?? (kind === '-' ? String(rest) : ''),
  )
}

describe.each(COMPOSE_FILES)('%s', (file) => {
  const { services, networks } = composeSchema.parse(parse(read(file)))
  const service = services['immich-ml-proxy']
  if (service === undefined) throw new Error(`${file} has no service immich-ml-proxy`)

  test('is as Compose’s schema wants it', () => {
    expect(composeProblems(file)).toEqual([])
    expect(composeProblems(file, read(file).replace('read_only: true', 'read_onyl: true'))).not.toEqual([])
  })

  test('gives variables that the program knows, with values that it takes', () => {
    const known = VARIABLES.map(([name]) => name)
    expect(Object.keys(service.environment).filter((name) => !known.includes(name))).toEqual([])
    const values = Object.entries(service.environment).map(([name, value]) => [
      name,
      interpolated(value, { GPU_URL: 'http://192.168.1.20:3003' }),
    ])
    const { firstConfig } = readEnvironment(Object.fromEntries(values) as Record<string, string>)
    expect(firstConfig?.backends.map(({ name }) => name)).toEqual(['gpu', 'nas'])
  })

  test('says what to write where GPU_URL is missing', () => {
    expect(service.environment['IMP_BACKENDS']).toMatch(/\$\{GPU_URL:\?write GPU_URL=http\S+ into/)
  })

  test('builds this project, and keeps the data folder of the image', () => {
    expect(service.build).toBe('.')
    expect(service.volumes).toEqual(['data:/data'])
    expect(read('Dockerfile')).toMatch(/^VOLUME \/data$/m)
    const hasHostNetwork = file.includes('host')
    expect(service.network_mode === 'host').toBe(hasHostNetwork)
    expect(service.ports).toEqual(hasHostNetwork ? undefined : [`${DEFAULT_PORT}:${DEFAULT_PORT}`])
    expect(networks?.['immich']?.external).toBe(hasHostNetwork ? undefined : true)
  })
})

describe('Dockerfile', () => {
  const text = read('Dockerfile')

  test('begins with one base, named with its version', () => {
    expect(text).toMatch(/^ARG BASE=node:\d+\.\d+\.\d+-\w+-slim$/m)
    const bases = [...text.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, base]) => base)
    expect(new Set(bases)).toEqual(new Set(['${BASE}']))
    // The same line of Node as the packages.
    expect(/^ARG BASE=node:(\d+)/m.exec(text)?.[1]).toBe(read('.nvmrc').trim())
  })

  test('copies what is there, and .dockerignore lets through just that', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, line = '']) =>
      line.split(' ').slice(0, -1),
    )
    expect(copied.filter((name) => !existsSync(path.join(projectRoot, name)))).toEqual([])
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name)
    expect(new Set(copied)).toEqual(new Set(allowed))
  })

  test('ends as a user that is not root, with a health check', () => {
    expect(text).toMatch(/^USER 1000:1000$/m)
    const [, script = ''] = /^HEALTHCHECK .*"(dist\/[^"]+)\.js"\]$/m.exec(text) ?? []
    expect(existsSync(path.join(projectRoot, `${script.replace('dist/', '')}.ts`))).toBe(true)
    expect(text).toMatch(new RegExp(`^EXPOSE ${DEFAULT_PORT}$`, 'm'))
  })
})

describe('docs/deploy/kubernetes.yaml', () => {
  const documents = parseAllDocuments(read(`${DEPLOY}/kubernetes.yaml`)).map((one) => one.toJS() as unknown)
  const [config, deployment, service] = documents as [IConfigMap, IDeployment, IService]

  test('is as Kubernetes’ schema wants it', () => {
    expect(documents).toHaveLength(3)
    new ConfigMap(config).validate()
    new Deployment(deployment).validate()
    new Service(service).validate()
    const typo = structuredClone(deployment) as unknown as { spec: { replicas: unknown } }
    typo.spec.replicas = 'one'
    expect(() => new Deployment(typo as unknown as IDeployment).validate()).toThrow(/replicas/)
  })

  test('has a configuration that the program takes', () => {
    const text = config.data?.['config.json'] ?? ''
    expect(judge(savedConfigSchema, JSON.parse(text)).ok).toBe(true)
  })

  test('runs one copy, replaced and not doubled, as the image’s user, with a root folder that is read-only', () => {
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } })
    const { template } = deployment.spec ?? {}
    expect(template?.spec?.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 1000,
    })
    const [container] = template?.spec?.containers ?? []
    expect(container).toMatchObject({
      image: `immich-ml-proxy:${version}`,
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    })
    expect(container?.ports).toEqual([{ name: 'http', containerPort: DEFAULT_PORT }])
    const volumes = template?.spec?.volumes?.map(({ name }) => name)
    expect(container?.volumeMounts?.map(({ name }) => name)).toEqual(volumes)
  })

  test('has a service that finds it', () => {
    expect(service.spec?.selector).toEqual(deployment.spec?.template.metadata?.labels)
    expect(service.spec?.selector).toEqual(deployment.spec?.selector.matchLabels)
    expect(service.spec?.ports).toMatchObject([{ port: DEFAULT_PORT, targetPort: 'http' }])
  })
})

const hasSystemd = hasTool(
  { command: 'systemd-analyze', from: 'Debian: systemd' },
  'the check of the systemd unit',
)

describe('docs/deploy/immich-ml-proxy.service', () => {
  const unit = read(`${DEPLOY}/immich-ml-proxy.service`)
  const folder = folderOfFile()
  const file = path.join(folder, 'immich-ml-proxy.service')
  // systemd looks whether the program is there.
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath))

  test.skipIf(!hasSystemd)('is a unit that systemd takes', () => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })

  test.skipIf(!hasSystemd)('exposes little: at most 2 of 10 by systemd’s count', () => {
    check('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', file])
    const open = path.join(folder, 'open.service')
    writeFileSync(open, unit.replace(/^SystemCallFilter=.*$|^ProtectSystem=.*$|^DynamicUser=.*$/gm, ''))
    const strict = ['security', '--offline=true', '--threshold=20', '--no-pager', open]
    expect(() => check('systemd-analyze', strict)).toThrow(/open\.service/)
  })

  test('starts the headless service with variables that it knows', () => {
    expect(unit).toMatch(/^ExecStart=\/usr\/bin\/node \S+\/dist\/src-main\/cli\.js --headless$/m)
    const known = [...VARIABLES.map(([name]) => name), 'NODE_ENV']
    const given = [...unit.matchAll(/^Environment=(\w+)=/gm)].map(([, name = '']) => name)
    expect(given.filter((name) => !known.includes(name))).toEqual([])
    expect(unit).toMatch(/^DynamicUser=yes$/m)
  })
})

/** What of Traefik's files is used here; Traefik refuses a field that it does not know, and so does this. */
const traefikSchema = z.strictObject({
  entryPoints: z.record(
    z.string(),
    z.strictObject({
      address: z.string(),
      transport: z.strictObject({
        respondingTimeouts: z.strictObject({
          readTimeout: z.string(),
          writeTimeout: z.string(),
          idleTimeout: z.string(),
        }),
      }),
    }),
  ),
  providers: z.strictObject({ file: z.strictObject({ filename: z.string(), watch: z.boolean() }) }),
})
const duration = z.string().regex(/^\d+(?:ms|s|m)$/)
const copiesSchema = z.strictObject({
  http: z.strictObject({
    routers: z.record(
      z.string(),
      z.strictObject({
        entryPoints: z.array(z.string()),
        rule: z.string(),
        service: z.string(),
        middlewares: z.array(z.string()),
      }),
    ),
    middlewares: z.record(
      z.string(),
      z.strictObject({
        buffering: z.strictObject({
          maxRequestBodyBytes: z.int(),
          memRequestBodyBytes: z.int(),
          retryExpression: z.string(),
        }),
      }),
    ),
    services: z.record(
      z.string(),
      z.strictObject({
        loadBalancer: z.strictObject({
          healthCheck: z.strictObject({ path: z.string(), interval: duration, timeout: duration }),
          servers: z.array(z.strictObject({ url: z.url() })),
        }),
      }),
    ),
  }),
})

describe('docs/deploy/traefik.yml and traefik-copies.yml', () => {
  const start = traefikSchema.parse(parse(read(`${DEPLOY}/traefik.yml`)))
  const { http } = copiesSchema.parse(parse(read(`${DEPLOY}/traefik-copies.yml`)))

  test('name what is there', () => {
    const { routers, middlewares, services } = http
    for (const router of Object.values(routers)) {
      expect(router.entryPoints.filter((name) => start.entryPoints[name] === undefined)).toEqual([])
      expect(router.middlewares.filter((name) => middlewares[name] === undefined)).toEqual([])
      expect(services[router.service]).toBeDefined()
    }
    expect(path.basename(start.providers.file.filename)).toBe('traefik-copies.yml')
  })

  test('hand on what Immich calls, and nothing else, to the copies that HAProxy’s file has', () => {
    const { routers, services } = http
    expect(routers['immich']?.rule).toBe('Path(`/ping`) || Path(`/predict`)')
    const servers = services['copies']?.loadBalancer.servers.map(({ url }) => new URL(url).host)
    const haproxy = [...read(`${DEPLOY}/haproxy.cfg`).matchAll(/^ +server \w+ (\S+)$/gm)].map(([, to]) => to)
    expect(servers).toEqual(haproxy)
    expect(services['copies']?.loadBalancer.healthCheck.path).toBe('/readyz')
  })
})

test('each file of docs/deploy is checked here or behind HAProxy', () => {
  expect(readdirSync(path.join(projectRoot, DEPLOY)).toSorted()).toEqual([
    'haproxy.cfg',
    'immich-ml-proxy.service',
    'kubernetes.yaml',
    'traefik-copies.yml',
    'traefik.yml',
  ])
})
