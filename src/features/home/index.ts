import { defineFeature, Routes } from '../../framework'

const routes = new Routes().get('/', {}, () => ({ message: 'Hello World' }))

export default defineFeature({ name: 'home', routes })
