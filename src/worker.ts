import { runProgram } from './framework/program'

void runProgram(async () => {
  // Loaded here, so that a setting that is not usable ends the program with its sentence.
  const { createApp }: typeof import('./app') = require('./app')
  const {
    workerService,
  }: typeof import('./framework/worker/service') = require('./framework/worker/service')
  return workerService(createApp(), (line) => console.log(line))
})
