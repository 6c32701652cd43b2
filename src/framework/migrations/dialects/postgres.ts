import type { Dialect } from './dialect'

export declare const postgres: Dialect
