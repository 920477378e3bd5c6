import type { receipts as english } from './en-receipts';

/** The Spanish texts of receipts that people read. */
export const receipts: typeof english = {
  kinds: {
    revocation: {
      title: 'Comprobante de una solicitud para retirar el consentimiento',
      lead: (company, time) =>
        `El ${time} se registró una solicitud para retirar el consentimiento dado a ${company}.`,
      proves: [
        'Que esta solicitud, sobre lo que se indica arriba, se registró en este momento para esta empresa, y cómo llegó.',
        'Que el registro no se ha cambiado desde entonces: forma parte de un registro al que solo se puede añadir, y cuyo estado en un momento posterior, el punto de control de abajo, está firmado.',
      ],
    },
    check: {
      title: 'Comprobante de una consulta de consentimiento',
      lead: (company, time) =>
        `El ${time} se respondió a una consulta de ${company} sobre si alguien había dado su consentimiento, y la respuesta se registró.`,
      proves: [
        'Que esta empresa preguntó por este certificado o contacto en este momento, y recibió esta respuesta.',
        'Que el registro no se ha cambiado desde entonces: forma parte de un registro al que solo se puede añadir, y cuyo estado en un momento posterior, el punto de control de abajo, está firmado.',
      ],
    },
    scrub: {
      title: 'Comprobante de una lista de contactos consultada',
      lead: (company, time) =>
        `El ${time} se terminó de responder a una lista de ${company} sobre a quiénes puede contactar, y eso se registró.`,
      proves: [
        'Que a esta empresa se le habían respondido en ese momento tantas filas, a cuántas personas se puede contactar, y que el archivo de respuestas tiene este SHA-256, si se indica.',
        'Que el registro no se ha cambiado desde entonces: forma parte de un registro al que solo se puede añadir, y cuyo estado en un momento posterior, el punto de control de abajo, está firmado.',
      ],
    },
    request: {
      title: 'Comprobante de una solicitud para no ser contactado',
      lead: (_company, time) =>
        `El ${time} se registró en el portal para consumidores una solicitud para retirar el consentimiento.`,
      proves: [
        'Que se registró en este momento una solicitud para este correo electrónico, número de teléfono o ID de certificado, y qué consentimiento retiró, si se indica arriba.',
        'Que el registro no se ha cambiado desde entonces: forma parte de un registro al que solo se puede añadir, y cuyo estado en un momento posterior, el punto de control de abajo, está firmado.',
      ],
    },
  },
  recorded: 'Qué se registró',
  what: 'Qué',
  events: {
    'certificate.revoked': 'Se retiró el consentimiento',
    'certificate.channels_revoked': 'Se retiró el consentimiento para algunas vías',
    'consent.revoked': 'Se retiró el consentimiento',
    'opt_out.remembered':
      'Se registró que no quiere ser contactado; también vale para un consentimiento anterior que llegue más tarde',
    'opt_out.requested': 'Alguien pidió no ser contactado, y retiró el consentimiento dado antes',
    check_match: 'Si un texto es el que se aceptó',
    check_partial_match: 'Si un texto contiene lo que se aceptó',
    contact_check: 'Si se puede contactar a alguien',
    'scrub.answered': 'Si se puede contactar a las personas de una lista',
    contact_scrub: 'Si se puede contactar a las personas de una lista',
  },
  time: 'Cuándo',
  company: 'Empresa',
  actor: 'Quién',
  actors: {
    consumer: 'El consumidor',
    operator: 'El operador del servicio',
    system: 'El propio servicio',
    token: 'Un programa o una persona con un token de la empresa',
    property: 'Un sitio de la empresa',
    api_key: 'Un programa con un par de claves de la empresa',
    user: 'Un usuario de la empresa',
  },
  method: 'Cómo',
  methods: {
    consumer_portal: 'Portal para consumidores',
    dashboard: 'Panel de la empresa',
    bulk: 'Lista enviada por la empresa',
    csv: 'Archivo CSV enviado por la empresa',
    api: 'Llamada a la API',
    standing: 'Solicitud anterior',
  },
  identifier: 'Identificador',
  channels: 'Vías',
  channelNames: { call: 'llamadas', text: 'mensajes de texto', email: 'correos electrónicos' },
  reference: 'Número de referencia',
  ip: 'Dirección IP',
  reason: 'Motivo indicado',
  rows: 'Filas respondidas',
  allowed: 'Se puede contactar',
  resultBytes: 'Tamaño de result.csv en bytes',
  resultHash: 'SHA-256 de result.csv',
  answer: 'Respuesta',
  answers: {
    valid: 'Válido: el consentimiento estaba en vigor y los textos eran iguales',
    not_valid: 'No válido: los textos eran distintos',
    consented: 'Se puede contactar: había consentimiento',
    opted_out: 'No se puede contactar: pidió no ser contactado',
    no_consent: 'No se puede contactar: no había consentimiento',
    other_consent: 'No se puede contactar: había consentimiento, pero no para esto',
  },
  subjects: 'Sobre',
  hidden: 'No se muestra: en el registro solo está su hash',
  more: (count) =>
    count === 1 ? 'y uno más, en receipt.json' : `y ${String(count)} más, en receipt.json`,
  hashed:
    'Un correo electrónico o número de teléfono se indica con su SHA-256, para que esta página no nombre a nadie. Para compararlo:',
  proves: 'Qué demuestra',
  provesNot: 'Qué no demuestra',
  not: {
    always: [
      'Que la persona hubiera dado realmente su consentimiento antes, o quién usó su correo electrónico, teléfono o dispositivo.',
      'Que el reloj fuera exacto más allá del orden del propio registro, o que no se hiciera una llamada o no se enviara un mensaje.',
      'Nada sobre otras personas, certificados o solicitudes: el registro solo tiene hashes de ellos.',
    ],
    ofCompany:
      'Los nombres de empresas de arriba vienen de los archivos del servicio; el propio registro tiene el ID.',
    ofRequest: [
      'Si alguna empresa tenía el consentimiento de esta persona, cuáles o cuántas: es igual para todo el que no haya demostrado con un código quién es.',
      'Quién hizo la solicitud: cualquiera puede escribir un correo o un número en el portal.',
    ],
  },
  place: 'Dónde está en el registro',
  log: 'Registro',
  record: 'Entrada',
  recordOf: (index, size) => `${String(index)}, contando desde 0, de ${String(size)}`,
  root: 'Hash raíz del punto de control (SHA-256)',
  key: 'Clave que firmó (Ed25519)',
  verify: 'Cómo comprobarlo',
  attached:
    'A este PDF van adjuntos receipt.json (el comprobante completo), record.json (los bytes exactos de la entrada), record.sig (su firma) y key.pem (la clave pública). El lector de PDF los muestra en «Archivos adjuntos»; guárdelos en una carpeta.',
  program:
    'El comprobante completo lo verifica un programa de ochenta líneas que necesita Node.js y no pregunta a nadie:',
  openssl: 'La firma de la entrada por sí sola la verifica OpenSSL 3:',
  trust: (keys) =>
    `Confíe en la clave, no en esta página: compárela con la que el servicio publica en ${keys}, o con una copia anterior al litigio. Normas: RFC 6962 y RFC 9162 (árboles de Merkle), C2SP tlog-checkpoint y signed-note, nombres de ISO/IEC TS 27560.`,
  page: (page, of) => `Página ${String(page)} de ${String(of)}`,
};
