import type { frontTexts as en } from './en-front';

/** The Spanish texts of the front door. */
export const frontTexts: typeof en = {
  title: 'Bienvenida',
  heading: 'El consentimiento y cómo retirarlo',
  lead: 'Rescind guarda la prueba de quién ha aceptado que una empresa le contacte, y permite a cualquiera retirar ese consentimiento.',
  doors: {
    consumer: {
      heading: 'No recibir más llamadas, mensajes ni correos',
      text: 'Averigüe si ha aceptado que le contacten y retire ese consentimiento. No necesita ninguna cuenta y tarda menos de un minuto.',
    },
    company: {
      heading: 'Trabajo para una empresa',
      text: 'Inicie sesión para ver sus certificados, revocaciones y saldo (en inglés).',
    },
    developer: {
      heading: 'Soy desarrollador',
      text: 'Lea cómo registrar, comprobar y revocar consentimientos con la API (en inglés).',
    },
    operator: {
      heading: 'Administro este servicio',
      text: 'Vea su estado y gestione las empresas y su saldo (en inglés).',
    },
  },
};
