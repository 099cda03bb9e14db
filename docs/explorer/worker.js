// Solves the physics beside the page, which stays alive meanwhile: where a picture goes in a time, or,
// without one, its strain energy.
import { strainEnergy } from "./elasticity.js"
import { simulate } from "./coarsening.js"

onmessage = ({ data: { picture, b, lam, elapsed } }) => {
  const report = (done) => postMessage({ done })
  try {
    const result = elapsed ? simulate(picture, b, lam, [elapsed], report)[0] : strainEnergy(picture)
    postMessage({ result })
  } catch (error) {
    postMessage({ failed: error.message })
  }
}
