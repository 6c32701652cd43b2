import { dirname } from 'node:path'
import { defineConfig } from './framework/config'

/**
 * This project's settings, for application, agenda and knexfile alike. Each may be set in the
 * environment or in `.env`; a default that depends on NODE_ENV goes under `environments`.
 */
export const config = defineConfig({
  root: dirname(__dirname),
  environments: {
    production: { HOST: '0.0.0.0' },
    test: { DATABASE_URL: 'sqlite::memory:', AGENDA_URL: 'sqlite::memory:' },
  },
})
