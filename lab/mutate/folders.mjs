// What is mutated: the pure layers, from which every byte and every decision comes.
// @ts-check

export const FOLDERS = ['src/core', 'src/cache', 'src/dense', 'src/protocol'];
