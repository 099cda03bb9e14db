// Elements of the page: those that are there by name, and new buttons.
export const part = (name) => document.getElementById(`explorer-${name}`)
export const button = () => Object.assign(document.createElement("button"), { type: "button" })
