/** Makes the owners of pauses and of managed containers, and connects them to the availability of backends. */
import type { BackendAvailability } from '../backends/availability.ts'
import type { BackendRegistry } from '../backends/backend.ts'
import { ContainerEngines } from '../backends/container-engines.ts'
import { ManagedContainers } from '../backends/containers.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import { Courtesy } from '../courtesy/courtesy.ts'
import type { Look } from '../courtesy/probes/look.ts'
import type { Immich } from '../immich/immich.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { BackendSlots } from '../predict/backend-slots.ts'
import { CourtesyConnection } from './connect-courtesy.ts'

/** What a service is given for them; the computer's own where it is absent. */
export interface CourtesyServiceOptions {
  /** How this computer is looked at for games and programs. */
  look?: Look
  /** The sockets on which container engines may listen. */
  engineSockets?: readonly string[]
  /** The clock of pauses and containers. */
  courtesyClock?: Clock
}

export interface CourtesyOwners {
  readonly courtesy: Courtesy
  readonly containers: ManagedContainers
  readonly courtesyConnection: CourtesyConnection
}

interface Around {
  readonly registry: BackendRegistry
  readonly slots: BackendSlots
  readonly monitor: HealthMonitor
  readonly availability: BackendAvailability
  readonly immich: Immich
}

export function composeCourtesy(
  {
    userDataDir: folder,
    log,
    look,
    engineSockets,
    courtesyClock: clock = systemClock,
  }: CourtesyServiceOptions & { userDataDir: string; log: Logger },
  parts: Around,
): CourtesyOwners {
  const { registry, slots, monitor, availability, immich } = parts
  const courtesy = new Courtesy({
    folder,
    log,
    clock,
    ...(look === undefined ? {} : { look }),
    queueWaits: () => immich.hasPaused,
  })
  const engines = new ContainerEngines(engineSockets === undefined ? {} : { sockets: engineSockets })
  const containers: ManagedContainers = new ManagedContainers({
    registry,
    engines,
    clock,
    log,
    inFlight: (backend) => slots.useOf(backend).inFlight,
    ping: (backend) => void monitor.check(backend),
    onChange: (name) => courtesyConnection.tell(name),
  })
  const courtesyConnection = new CourtesyConnection({ courtesy, containers, availability, monitor, registry })
  return { courtesy, containers, courtesyConnection }
}
