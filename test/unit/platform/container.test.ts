import { expect, test } from 'vitest'
import { isInContainer } from '../../../src-main/platform/container.ts'

test.each([
  ['Docker', {}, ['/.dockerenv'], true],
  ['Podman', {}, ['/run/.containerenv'], true],
  ['our image', { container: 'oci' }, [], true],
  ['Kubernetes', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, [], true],
  ['a machine of its own', { PATH: '/bin' }, [], false],
])('%s', (_where, variables, files: string[], expected) => {
  expect(isInContainer(variables, (file) => files.includes(file))).toBe(expected)
})
