import { brokers } from './brokers'
import { http } from './http'
import { jobs } from './jobs'
import { pickup } from './pickup'
import { prompt } from './prompt'
import { revision } from './revision'

const benches: Record<string, () => Promise<void>> = {
  prompt,
  pickup,
  jobs,
  brokers,
  http,
  revision,
}

/** `npm run bench` runs all; `npm run bench -- http` only those named. */
async function main(): Promise<void> {
  const asked = process.argv.slice(2)
  const unknown = asked.find((name) => !benches[name])
  if (unknown) {
    console.error(`Expected one of ${Object.keys(benches).join(', ')}, saw '${unknown}'.`)
    process.exit(2)
  }
  for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
    console.log(`\n${name}`)
    await benches[name]?.()
  }
}

void main()
