/** How immich-machine-learning is started, by the maker of the graphics card. Pure. */
import { USUAL_PORT } from './backend-url.ts'

export const VENDORS = ['nvidia', 'amd', 'intel', 'cpu'] as const
export type Vendor = (typeof VENDORS)[number]

const IMAGE = 'ghcr.io/immich-app/immich-machine-learning'
/** The ending of the image's tag, as Immich documents it for hardware acceleration. */
const SUFFIX: Readonly<Record<Vendor, string>> = {
  nvidia: '-cuda',
  amd: '-rocm',
  intel: '-openvino',
  cpu: '',
}
/** What gives the container access to the graphics card. */
const FLAGS: Readonly<Record<Vendor, readonly string[]>> = {
  nvidia: ['--gpus all'],
  amd: ['--group-add video', '--device /dev/dri', '--device /dev/kfd'],
  intel: ['--device /dev/dri', "--device-cgroup-rule 'c 189:* rmw'", '-v /dev/bus/usb:/dev/bus/usb'],
  cpu: [],
}
const COMPOSE: Readonly<Record<Vendor, readonly string[]>> = {
  nvidia: [
    '    deploy:',
    '      resources:',
    '        reservations:',
    '          devices:',
    '            - driver: nvidia',
    '              count: 1',
    '              capabilities: [gpu]',
  ],
  amd: [
    '    group_add:',
    '      - video',
    '    devices:',
    '      - /dev/dri:/dev/dri',
    '      - /dev/kfd:/dev/kfd',
  ],
  intel: ['    device_cgroup_rules:', "      - 'c 189:* rmw'", '    devices:', '      - /dev/dri:/dev/dri'],
  cpu: [],
}
const INTEL_VOLUME = '      - /dev/bus/usb:/dev/bus/usb'

/** The tag that always is the newest release. */
export const NEWEST = 'release'
/** A tag of a Docker image: letters, digits, `_`, `.` and `-`, at most 128 characters. */
const TAG = /^\w[\w.-]{0,99}$/

/** The tag for a version as people write it: `2.5.1` is published as `v2.5.1`. What cannot be a tag is the newest release. */
export function tagOf(version: string): string {
  const text = version.trim()
  if (!TAG.test(text)) return NEWEST
  return /^\d/.test(text) ? `v${text}` : text
}

export const imageOf = (vendor: Vendor, version: string): string =>
  `${IMAGE}:${tagOf(version)}${SUFFIX[vendor]}`

/** One command that starts the server and keeps it over a restart. */
export function dockerCommand(vendor: Vendor, version: string): string {
  const parts = [
    'docker run -d --name immich_machine_learning --restart always',
    `-p ${USUAL_PORT}:${USUAL_PORT}`,
    '-v model-cache:/cache',
    ...FLAGS[vendor],
    imageOf(vendor, version),
  ]
  return parts.join(' \\\n  ')
}

/** The same as a compose file. */
export function composeFile(vendor: Vendor, version: string): string {
  return [
    'name: immich_remote_ml',
    'services:',
    '  immich-machine-learning:',
    '    container_name: immich_machine_learning',
    `    image: ${imageOf(vendor, version)}`,
    ...COMPOSE[vendor],
    '    volumes:',
    '      - model-cache:/cache',
    ...(vendor === 'intel' ? [INTEL_VOLUME] : []),
    '    restart: always',
    '    ports:',
    `      - ${USUAL_PORT}:${USUAL_PORT}`,
    'volumes:',
    '  model-cache:',
    '',
  ].join('\n')
}
