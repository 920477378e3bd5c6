import type { Translation } from '.';
import { frontTexts } from './es-front';
import { receipts } from './es-receipts';

/** What consumers read, in Spanish. */
export const es: Translation = {
  language: 'Español',
  product: 'Rescind',
  receipts,
  layout: {
    support: 'A quién preguntar',
    privacy: 'Privacidad',
    copy: (what: string) => `Copiar ${what}`,
    copied: 'Copiado.',
    skip: 'Ir al contenido',
    working: 'Un momento…',
    failed: 'No hemos podido conectar con el servicio. Compruebe su conexión e inténtelo de nuevo.',
    footer: 'El consentimiento es suyo: usted lo da y usted puede retirarlo.',
  },
  errors: {
    requestId: 'Si pide ayuda, indique:',
    notFound: { heading: 'Página no encontrada', text: 'No hay nada en esta dirección.' },
    tooMany: {
      heading: 'Demasiados intentos',
      text: 'Se han recibido demasiadas solicitudes desde su conexión. Espere un minuto e inténtelo de nuevo.',
    },
    unavailable: {
      heading: 'No disponible en este momento',
      text: 'El servicio no está disponible por el momento. No se ha perdido nada: inténtelo de nuevo.',
    },
    internal: {
      heading: 'Algo ha salido mal',
      text: 'Ha sido un error nuestro. Inténtelo de nuevo.',
    },
    notUnderstood: {
      heading: 'No ha funcionado',
      text: 'No hemos podido entender lo que se envió. Vuelva atrás e inténtelo de nuevo.',
    },
    otherSite: {
      heading: 'Enviado desde otro sitio',
      text: 'Por su seguridad, solo aceptamos formularios enviados desde nuestras propias páginas.',
    },
  },
  portal: {
    front: frontTexts,
    steps: {
      find: 'Deje de recibir llamadas, mensajes y correos',
      findText:
        'Escriba el dato que dio a la empresa. No necesita una cuenta y tardará menos de un minuto.',
      forCompany: (name) => `Esta página se abrió por el consentimiento que dio a ${name}.`,
      field: 'Correo electrónico, número de teléfono o ID de certificado',
      fieldHint:
        'Solo lo usamos para encontrar su consentimiento. Un ID de certificado empieza por EC-; los números de teléfono de fuera de EE. UU. empiezan por +.',
      button: 'Buscar mi consentimiento',
      gpc: 'Su navegador envía una señal de control global de privacidad (Global Privacy Control). La registramos con su solicitud y le sugerimos revocar el consentimiento que dio a todas las empresas.',
      startAgain: 'Empezar de nuevo',
      expired: 'Ha pasado un rato y ya no guardamos lo que escribió. Escríbalo de nuevo.',
    },
    fieldErrors: {
      empty: 'Escriba un correo electrónico, un número de teléfono o un ID de certificado.',
      nothing: (typed) =>
        `No hemos podido leer «${typed}». Esto no es un correo electrónico, un número de teléfono ni un ID de certificado.`,
      email: (typed) =>
        `No hemos podido leer «${typed}». Revise el correo electrónico: debe tener la forma nombre@example.com.`,
      mobile: (typed) =>
        `No hemos podido leer «${typed}». Revise el número de teléfono: le faltan o le sobran cifras, o alguna no es correcta.`,
      country: (typed) =>
        `No hemos podido leer «${typed}». Fuera de EE. UU., empiece el número de teléfono con + y el prefijo del país, como +44 7911 123456.`,
    },
    notFound: {
      heading: 'No hemos encontrado ningún consentimiento',
      cutOff:
        'El correo electrónico que ha escrito parece incompleto: la mayoría termina en .com, .org o algo parecido.',
      text: 'No se dio ningún consentimiento con lo que ha escrito. Revise cómo lo ha escrito, o pruebe con otro correo electrónico o número de teléfono que use.',
      remember: {
        heading: 'Puede que aún no nos haya llegado',
        company: (name) =>
          `Podemos recordar que no quiere que le contacten. Si ${name} nos envía un consentimiento que usted dio antes de este momento, quedará revocado desde el principio.`,
        all: 'Podemos recordar que no quiere que le contacten. Si una empresa nos envía un consentimiento que usted dio antes de este momento, quedará revocado desde el principio.',
        button: 'Recordar mi decisión de todos modos',
      },
    },
    already: {
      heading: 'Ya está revocado',
      text: (count) =>
        count === 1
          ? 'Se dio un consentimiento con lo que ha escrito, y ya está revocado. No queda nada por hacer.'
          : `Se dieron ${String(count)} consentimientos con lo que ha escrito, y todos están ya revocados. No queda nada por hacer.`,
      since:
        'Desde entonces respondemos «no» a toda empresa que nos pregunte si puede contactarle por ese consentimiento. Una empresa tiene diez días laborables como máximo para dejar de hacerlo.',
      stillCalled:
        'Si después de ese plazo alguien le sigue llamando o escribiendo, dele el número de referencia de su confirmación o dígale que ya lo revocó.',
      again:
        'Puede probar con otro correo electrónico, otro número de teléfono u otro ID de certificado.',
    },
    found: {
      heading: (count, more) =>
        count === 1
          ? 'Hemos encontrado un consentimiento'
          : `Hemos encontrado ${more ? 'más de ' : ''}${String(count)} consentimientos`,
      text: 'Solo mostramos cuántos hay y cuándo se dieron. Cualquiera podría escribir aquí sus datos, así que una empresa solo se nombra si usted llegó a esta página por un enlace suyo.',
      month: (count, month) =>
        count === 1
          ? `Un consentimiento, dado en ${month}`
          : `${String(count)} consentimientos, dados en ${month}`,
      named: (name) => `Con ${name}`,
      others: 'Con otras empresas',
      noneNamed: (name) => `Ninguno de ellos es con ${name}.`,
    },
    scope: {
      legend: '¿Qué quiere revocar?',
      company: (name) => `Solo mi consentimiento a ${name}`,
      all: 'Mi consentimiento a todas las empresas',
    },
    channels: {
      legend: '¿Qué quiere dejar de recibir?',
      names: { call: 'Llamadas', text: 'Mensajes de texto', email: 'Correos electrónicos' },
      listed: { call: 'llamadas', text: 'mensajes de texto', email: 'correos electrónicos' },
      hint: 'Si elige los tres, su consentimiento se revoca por completo. Algunos consentimientos no los distinguen: esos solo se revocan en ese caso.',
      chooseOne: 'Elija al menos uno: llamadas, mensajes de texto o correos electrónicos.',
    },
    revoke: {
      button: 'Revocar el consentimiento',
      final: 'Tiene efecto de inmediato y no se puede deshacer.',
    },
    blind: {
      heading: 'Revocar el consentimiento',
      text: 'Para proteger su privacidad, no mostramos si hemos encontrado algo. Si se dio consentimiento con lo que ha escrito, el botón siguiente lo revoca.',
      remembers:
        'También recordamos su decisión: un consentimiento que usted dio antes de este momento y que nos llegue más tarde quedará revocado igualmente.',
    },
    code: {
      heading: 'Escriba su código',
      email:
        'Si se dio consentimiento con este correo electrónico, le hemos enviado un código de seis cifras. Es válido durante 10 minutos.',
      mobile:
        'Si se dio consentimiento con este número de teléfono, le hemos enviado un código de seis cifras. Es válido durante 10 minutos.',
      field: 'Código de seis cifras',
      button: 'Ver mis consentimientos',
      wrong: 'Este no es el código. Revíselo e inténtelo de nuevo.',
      over: 'Este código ya no es válido. Empiece de nuevo para recibir otro, o revoque sin código.',
      without: 'Sin código',
      withoutText:
        'No necesita el código para retirar su consentimiento. Sin él, revocamos lo que se dio con lo que ha escrito, sin mostrarlo.',
      mail: {
        subject: (code) => `${code} es su código`,
        heading: (code) => `Su código es ${code}`,
        paragraphs: [
          'Escríbalo en la página donde lo pidió para ver sus consentimientos. Es válido durante 10 minutos.',
          'Si no ha pedido ningún código, puede ignorar este mensaje: no se ha cambiado nada.',
        ],
      },
    },
    list: {
      heading: 'Sus consentimientos',
      text: 'Elija lo que quiere revocar.',
      more: 'Se muestran los 200 más recientes. Revoque primero estos y después busque de nuevo.',
      none: 'No queda nada por revocar.',
      item: (name, day) => `${name}, dado el ${day}`,
      agreed: 'Lo que aceptó',
      chooseOne: 'Elija al menos un consentimiento.',
    },
    done: {
      heading: 'Su consentimiento ha sido revocado',
      count: (count) =>
        count === 1
          ? 'Se ha revocado un consentimiento.'
          : `Se han revocado ${String(count)} consentimientos.`,
      nothingNew: 'No quedaba nada por revocar: ya se había hecho antes.',
      remembered:
        'Recordaremos su decisión. Un consentimiento que usted dio antes de este momento y que nos llegue más tarde quedará revocado desde el principio.',
      some: {
        heading: (channels) => `Ha pedido no recibir más ${channels}`,
        count: (count) =>
          count === 1
            ? 'Vale para un consentimiento.'
            : `Vale para ${String(count)} consentimientos.`,
        nothingNew:
          'No se ha cambiado ningún consentimiento: ya lo había pedido antes, o el consentimiento solo se puede revocar por completo. Para eso, elija los tres.',
        remembered:
          'Recordaremos su decisión. También vale para un consentimiento que usted dio antes de este momento y que nos llegue más tarde.',
        nextText:
          'Desde este momento respondemos «no» a toda empresa que nos pregunte si puede contactarle por esa vía con un consentimiento para el que esto vale. Una empresa tiene diez días laborables como máximo para dejar de hacerlo.',
      },
      company: 'Empresa',
      reference: 'Número de referencia',
      time: 'Fecha y hora',
      keep: 'Guarde el número de referencia: con él, tanto nosotros como la empresa podremos encontrar su solicitud.',
      save: 'Guardar esta confirmación',
      receipt: {
        save: 'Guardar su comprobante',
        text: 'El comprobante es un PDF con el que cualquiera puede verificar, sin preguntarnos, que su solicitud se registró y cuándo. Puede obtenerlo en esta página durante 30 días.',
        json: 'Lo mismo para programas (JSON)',
        byMail: 'Enviarme el comprobante por correo',
        mailed: {
          sent: 'El comprobante va de camino al correo electrónico que escribió. Puede tardar un minuto.',
          pending: 'El comprobante estará listo en un momento. Pulse el botón una vez más.',
          limit:
            'En la última hora se han enviado varios comprobantes a este correo. Puede guardar el comprobante aquí o intentarlo más tarde.',
        },
        mail: {
          subject: (reference) => `Su comprobante, ${reference}`,
          heading: 'El comprobante de su solicitud',
          text: 'Pidió no ser contactado, y el comprobante de ello. Va adjunto: receipt.pdf se puede leer e imprimir, y receipt.json es lo mismo para programas. Guarde este correo; cualquiera puede verificar el comprobante dentro de años sin preguntarnos.',
          ignore:
            'Si no lo ha pedido, alguien escribió este correo, quizá por error. No tiene que hacer nada.',
        },
        pendingHeading: 'Su comprobante estará listo en un momento',
        pendingText:
          'Su solicitud está registrada. El comprobante se hace con un registro que se firma cada uno o dos segundos; después esta página lo descarga.',
        pendingButton: 'Intentarlo de nuevo',
        back: 'Volver a la confirmación',
      },
      print: 'Imprimir',
      next: 'Qué pasa ahora',
      nextText:
        'Desde este momento respondemos «no» a toda empresa que nos pregunte si puede contactarle por el consentimiento que ha revocado. Una empresa tiene diez días laborables como máximo para dejar de hacerlo.',
      stillCalled:
        'Si después de ese plazo alguien le sigue llamando o escribiendo, dele este número de referencia y dígale cuándo lo revocó.',
      another: 'Dejar de recibir algo más',
      goneHeading: 'Esta confirmación ya no se puede mostrar',
      goneText:
        'Lo que revocó sigue revocado. Puede buscar de nuevo con el dato que dio a la empresa.',
      file: {
        name: 'consentimiento-revocado.txt',
        zone: 'hora UTC',
        from: (url) => `Confirmado por ${url}`,
      },
    },
    oneClick: {
      heading: (name) => `¿Quiere retirar el consentimiento que dio a ${name}?`,
      text: 'Se revocará todo el consentimiento que dio a esta empresa con la dirección o el número al que se envió este enlace.',
      usedHeading: 'No queda nada por revocar',
      usedText: (name) =>
        `Nada de lo que aceptó con ${name} sigue en vigor. Ya se revocó antes, y así seguirá.`,
      usedNext: 'Dejar de recibir algo más',
      brokenHeading: 'Este enlace no funciona',
      brokenText:
        'Es posible que se haya cortado por el camino. Aquí puede dejar de recibir llamadas, mensajes y correos de todos modos.',
    },
  },
};
