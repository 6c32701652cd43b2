export * from './application'
export { AtelierError } from './base'
export * from './jobs'
