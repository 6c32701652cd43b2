import type { Dialect } from './dialect'

export declare const mysql: Dialect
