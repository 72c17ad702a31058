/** The words in Spanish. Same shape as in `en.ts` and `en-more.ts`. */
import { complete } from './translation.ts';

const mensajes = (n: number) => (n === 1 ? '1 mensaje' : `${n} mensajes`);
const otras = (n: number) => (n === 1 ? '1 persona más' : `${n} personas más`);

export const es = complete({
  locale: 'es',
  failed: 'No ha funcionado. Inténtalo de nuevo.',
  partMissing: 'No se pudo cargar esta parte de la página. ¿Se puede llegar al relé?',

  you: {
    name: 'Tu nombre',
    nameMeans: 'Los demás ven el nombre que elijas. Nadie lo comprueba.',
    nameTooLong: 'Ese nombre es demasiado largo.',
    remember: 'Recordar mi nombre en este dispositivo',
    quiet: ['sereno', 'ambarino', 'musgoso', 'gentil', 'veloz', 'temprano', 'brumoso', 'plateado'],
    animals: ['Zorro', 'Búho', 'Tejón', 'Castor', 'Lince', 'Cuervo', 'Conejo', 'Ciervo'],
    called: (quiet, animal) => `${animal} ${quiet}`,
  },

  connections: {
    title: 'Conexiones',
    relay: 'Relé',
    relayMeans: 'Transmite mensajes sellados. Ve tu dirección de red y cuándo estás aquí, nunca lo que se dice.',
    direct: 'Directas donde se pueda',
    directMeans: 'Las personas de la sala pueden ver tu dirección de red.',
    relayOnly: 'Solo por el relé',
    relayOnlyMeans: 'Las personas de la sala no pueden ver tu dirección de red; el relé sí.',
  },

  preview: {
    title: 'Te han invitado a una sala',
    nothingYet: 'Aún no has entrado: nada sobre esta sala ha salido de tu dispositivo.',
    ends: 'Termina',
    endsAt: (inWords, at) => `${inWords}, a las ${at}`,
    endsWhenEmpty: 'Cuando todos se hayan ido',
    ended: 'Esta sala acaba de terminar. Pide una invitación nueva.',
    noAddress: 'Este navegador no hace conexiones directas, así que todo pasa por el relé.',
    join: 'Entrar en la sala',
    decline: 'No, gracias',
  },

  room: {
    title: 'Sala',
    connecting: 'Conectando …',
    joining: 'Entrando …',
    connected: 'Conectado',
    tor: 'por Tor',
    gateway: 'por una pasarela',
    waiting: 'Esperando al relé …',
    direct: 'Sin relé; las conexiones directas siguen',
    offline: 'Sin conexión',
    left: (time) => `quedan ${time}`,
    open: 'Termina cuando todos se hayan ido',
    minuteLeft: 'Queda un minuto en esta sala',
    people: (n) => (n === 1 ? '1 persona' : `${n} personas`),
    invite: 'Invitar',
    leave: 'Salir de la sala',
    find: 'Buscar en esta sala',
    menu: 'Menú',
    settings: 'Ajustes',
  },

  forget: 'Olvidarlo todo',
  forgetMeans: 'Borra claves, mensajes y todo lo guardado, al instante y sin preguntar. O pulsa Esc tres veces.',

  messages: {
    label: 'Mensajes',
    you: 'Tú',
    newBelow: (n) => (n === 0 ? 'A lo más nuevo' : n === 1 ? '1 mensaje nuevo' : `${n} mensajes nuevos`),
    whole: 'Mostrar todo',
    less: 'Mostrar menos',
    today: 'Hoy',
    yesterday: 'Ayer',
    empty: 'Todavía no se ha dicho nada.',
    unseenFrom: 'Nuevo',
    toUnseen: 'Al primero sin leer',
    deleted: 'Este mensaje se ha eliminado.',
    readBy: (n) => `, leído por ${n}`,
    missing: (n, who) => `${n === 1 ? 'Falta' : 'Faltan'} aquí ${mensajes(n)} de ${who}`,
    delivery: (d) => {
      if (d.state === 'sending')
        return { 'no-path': 'Enviando: esperando conexión', 'nobody-here': 'Esperando a que entre alguien', 'handing-over': 'Enviando' }[
          d.why
        ];
      if (d.state === 'sent') return d.to === 0 ? 'Enviado' : `Enviado, entregado a ${d.to} de ${d.of}`;
      if (d.state === 'delivered') return 'Entregado a todos';
      return d.to === 0
        ? 'No entregado: se fueron antes de que llegara'
        : `Entregado a ${d.to} de ${d.of}; los demás se fueron antes de que llegara`;
    },
  },

  comings: {
    joined: (who, more) => (more === 0 ? `${who} ha entrado` : `${who} y ${otras(more)} han entrado`),
    left: (who, more) => (more === 0 ? `${who} se ha ido` : `${who} y ${otras(more)} se han ido`),
    silent: (who, more) => (more === 0 ? `${who} ha perdido la conexión` : `${who} y ${otras(more)} han perdido la conexión`),
  },

  composer: {
    message: 'Mensaje',
    placeholder: 'Escribe un mensaje',
    send: 'Enviar',
    keys: 'Intro envía; Mayús e Intro empiezan una línea.',
    bytes: (used, all) => `${used} de ${all} bytes`,
    tooLong: 'Demasiado largo para un solo mensaje.',
  },

  close: 'Cerrar',
  later: 'Más tarde',
  dismiss: 'Descartar',
  copied: 'Copiado',
  goHome: 'A la página de inicio',
  newRoom: 'Abrir otra sala',
  tryAgain: 'Intentar de nuevo',

  home: {
    title: 'Una sala tranquila para hablar en privado',
    lead: 'Abre una sala, envía el enlace, habla. Cuando termina, desaparece.',
    honest:
      'Lo que escribes solo pueden leerlo quienes tienen el enlace. El relé lo transmite sin poder leerlo, pero ve direcciones de red, horas y tamaños aproximados, y confías en quien te sirve esta página.',
    create: 'Crear una sala',
    createButton: 'Crear sala',
    lifetime: 'Dura',
    lifetimes: { 5: '5 minutos', 60: '1 hora', 1440: '24 horas', 'until-empty': 'Hasta que todos se hayan ido' },
    addPassword: 'Añadir una contraseña',
    join: '¿Tienes una invitación?',
    pasteLabel: 'Pega un enlace de invitación',
    pasteButton: 'Abrir invitación',
    offline: 'No tienes conexión. Una sala la necesita para empezar.',
  },

  password: {
    label: 'Contraseña de la sala',
    show: 'Mostrar',
    toCreate: 'Díselo a los tuyos por otro camino que el enlace.',
    toJoin: 'Esta sala pide además una contraseña. La tiene quien te invitó.',
  },

  faults: {
    cut: {
      title: 'Esta invitación está incompleta',
      body: 'Falta parte del enlace. A veces los enlaces largos se cortan al copiarlos o al partirse en dos líneas: cópialo entero e inténtalo de nuevo.',
    },
    edited: {
      title: 'Esta invitación se ha modificado',
      body: 'Al menos un carácter difiere de lo que se envió, así que no es de fiar. Pide el enlace otra vez y cópialo sin volver a teclearlo.',
    },
    expired: {
      title: 'Esta sala ha terminado',
      body: 'La invitación valía solo por un tiempo, y las salas no vuelven. Pide otra o abre tú una sala.',
    },
    'newer-version': {
      title: 'Esta invitación necesita un Hushroom más nuevo',
      body: 'La hizo una versión que esta página no conoce. Recarga la página para tener la última, o abre el enlace en el relé del que viene.',
    },
    'not-an-invite': {
      title: 'Esto no es una invitación',
      body: 'Una invitación es un enlace largo que termina en una serie de letras y cifras tras un signo #. Pega aquí el enlace entero.',
    },
  },

  people: {
    label: 'Personas',
    you: (name) => `Eres ${name}`,
    paths: { direct: 'directo', relayed: 'por el relé', turn: 'TURN', reconnecting: 'reconectando' },
    pathMeans: {
      direct: 'directamente entre vuestros dispositivos',
      relayed: 'a través del relé',
      turn: 'a través de un servidor TURN',
      reconnecting: 'fuera de alcance ahora mismo',
    },
    verify: 'Verificar',
    verified: 'Verificado',
    mismatch: 'Los emojis no coincidían',
    nobody: 'Aún no hay nadie más.',
    unknown: (n) =>
      `${n === 1 ? '1 conexión' : `${n} conexiones`} en el relé no ${n === 1 ? 'pudo' : 'pudieron'} probar que ${n === 1 ? 'tiene' : 'tienen'} la invitación. No pueden leer nada.`,
    names: 'Cada cual elige su nombre. El color y el código corto salen de la clave y distinguen nombres iguales.',
  },

  invite: {
    title: 'Invitar a gente',
    alone: 'Aquí solo estás tú',
    aloneMeans: 'Envía el enlace a quien deba venir. Trátalo como una llave: quien la tenga puede entrar.',
    link: 'Enlace de invitación',
    copy: 'Copiar el enlace de invitación',
    share: 'Compartir …',
    qr: 'Código QR del enlace de invitación',
    copyByHand: 'El enlace está seleccionado: cópialo con Ctrl+C o manteniéndolo pulsado.',
    tor: 'La misma invitación, para el Navegador Tor',
    outside: 'La misma invitación, para otros navegadores',
    password: 'También necesitarán la contraseña. Envíala por otro camino.',
    keep: 'Deja esta página abierta: una sala vive solo mientras haya alguien en ella.',
  },

  reach: {
    alsoTor: 'La invitación también se abre en el Navegador Tor, en la dirección onion de este relé.',
    alsoOutside: 'La invitación también se abre fuera de Tor, en la dirección corriente de este relé.',
    onionOnly: 'Solo por Tor',
    onionOnlyMeans: 'Todos tienen que venir por la dirección onion de este relé. Sin conexiones entre personas y sin pasarelas.',
    fellows: 'Llevar la sala también en otros relés',
    fellowsMeans: 'La sala sigue mientras se pueda llegar a uno de sus relés. Cada uno ve lo que ve un relé.',
  },

  way: {
    title: 'Tu camino',
    you: 'tú',
    relay: 'relé',
    gateway: 'pasarela',
    tor: 'Tor',
    room: 'sala',
    relays: 'Relés',
    means: {
      relay: 'El relé ve tu dirección de red y cuándo estás aquí, nunca lo que se dice.',
      tor: 'El relé ve cuándo estás aquí, pero no tu dirección de red: has venido por Tor.',
      gateway: (gateway) =>
        `${gateway} ve tu dirección de red y que vas a una dirección onion. No ve a qué sala, ni quién está en ella, ni qué se dice. El relé de la sala no ve tu dirección.`,
      visit: (page) => `Esta sala está en otro relé. Al entrar se abre su propia página, en ${page}.`,
    },
    several: 'La sala sigue mientras se pueda llegar a uno de estos relés.',
    states: { connected: 'conectado', connecting: 'conectando', waiting: 'fuera de alcance', refused: 'sin usar' },
    torOnly: {
      title: 'A esta sala solo se llega por Tor',
      promised: 'Se hizo para que nadie en ella tenga una dirección visible. No se puede entrar desde esta página ni por una pasarela.',
      'no-gateway': 'Está en una dirección onion, y el relé de esta página no lleva a nadie allí.',
      'no-key': 'Está en una dirección onion, y esta invitación no trae la clave con la que se comprueba el otro extremo de una pasarela.',
      open: 'Abre este enlace en el Navegador Tor',
      copy: 'Copiar el enlace',
    },
  },

  doors: {
    codeLabel: 'Escribe un código hablado',
    codeButton: 'Usar el código',
    codeMeans: 'Tres palabras y un número que te lee alguien de dentro. Solo valen en esta dirección.',
    fitting: 'Palabras que encajan',
    checking: 'Preguntando a quien hizo el código …',
    list: 'Salas anunciadas aquí',
    faults: {
      'not-a-code': 'Eso no es un código. Es un número y tres palabras, como 7-crystal-window-potato.',
      gone: 'Aquí no hay tal código o sala, o ya no. Los códigos valen diez minutos y para una persona, y solo en la dirección donde se hicieron.',
      busy: 'Demasiado a la vez. Espera medio minuto e inténtalo de nuevo.',
      off: 'Este relé no anuncia salas.',
      nobody: 'Ahora no hay nadie a la puerta de esta sala. Inténtalo más tarde.',
      incompatible: 'El relé no entiende a esta página. Recárgala e inténtalo de nuevo.',
      unreachable: 'No se puede llegar al relé. Comprueba tu conexión e inténtalo de nuevo.',
      'wrong-code': 'Las palabras no eran esas, y con eso el código se ha gastado. Pide otro: cada uno se puede probar solo una vez.',
      forged: 'La lista dice de esta sala algo que la sala misma no dijo. No te fíes.',
    },
  },

  spoken: {
    title: 'Mejor léelo en voz alta',
    means: (relay) => `Un código corto para alguien al teléfono. Abre ${relay} y lo escribe allí; en otro sitio no vale.`,
    make: 'Hacer un código hablado',
    another: 'Hacer otro código',
    code: 'Código hablado',
    good: (left) => `Vale durante ${left}, para una persona y un intento.`,
    drop: 'Retirar el código',
    states: {
      making: 'Haciendo un código …',
      claimed: 'Alguien ha escrito un código con este número. Comprobando las palabras …',
      used: 'El código se ha usado. Ya tiene la invitación.',
      wrong: 'Alguien escribió este número con otras palabras, así que el código se ha quemado. No se ha revelado nada. Haz otro.',
      'went-away': 'Alguien empezó a usar el código y se fue. Se ha quemado. Haz otro.',
      over: 'El tiempo de este código se ha acabado.',
    },
  },

  listings: {
    title: 'Salas anunciadas aquí',
    lead: (relay) =>
      `Estas salas de ${relay} quisieron que todos las vieran. Las demás quedan ocultas: nadie puede encontrarlas ni saber siquiera si existen.`,
    search: 'Buscar en la lista',
    searchMeans: 'Buscas en tu propio dispositivo. El relé no sabe qué buscas.',
    reading: 'Leyendo la lista …',
    empty: 'Ahora no hay ninguna sala anunciada.',
    emptyMeans: 'Abre tú una. Si se anuncia lo decides tú, en su menú.',
    nothing: 'Ninguna sala anunciada tiene estas palabras.',
    more: 'Mostrar más',
    rooms: 'Salas anunciadas',
    people: (n) => (n === 1 ? '1 persona dentro' : `${n} personas dentro`),
    ends: (inWords) => `termina ${inWords}`,
    open: 'Termina cuando todos se hayan ido',
    access: { open: 'Puede entrar cualquiera', code: 'Con código hablado: pídeselo a alguien de dentro', knock: 'Llamando a la puerta' },
    enter: 'Ver la invitación',
    knock: 'Llamar',
    knockTitle: (room) => `Llamar a «${room}»`,
    knockMeans: 'Los de dentro ven tu nombre y siete emojis, y te abren o no. No ven tu dirección de red.',
    knockStates: {
      knocking: 'Llamando …',
      heard: 'Te han oído. Espera a que alguien abra.',
      declined: 'Ahora no dejan entrar a nadie.',
      unanswered: 'Nadie abrió en cinco minutos.',
    },
    compare: 'Por si alguien de dentro te llama para asegurarse: ve una de estas filas.',
    stop: 'Dejar de llamar',
    again: 'Llamar otra vez',
    back: 'Volver a la página de inicio',
  },

  door: {
    listed: 'Todos pueden ver esta sala en la lista de su relé.',
    change: 'Cambiar',
    knocks: 'A la puerta',
    wants: (who) => `${who} quiere entrar`,
    nameless: 'Alguien sin nombre',
    compare: 'Siete emojis que también ve',
    letIn: 'Dejar entrar',
    decline: 'Rechazar',
    title: 'En la lista de salas',
    means: (relay) =>
      `Quien abra ${relay} verá el título, el tema, cuántas personas hay y cuándo termina la sala. Los nombres y mensajes de la sala siguen siendo privados.`,
    name: 'Título',
    topic: 'Tema',
    how: 'Cómo se entra',
    ways: {
      knock: { name: 'Llamando a la puerta', means: 'Ves quién es y le dejas entrar o no.' },
      code: { name: 'Con código hablado', means: 'Haces un código para cada persona que te lo pida.' },
      open: { name: 'Libremente', means: 'La lista lleva la invitación: cualquiera puede entrar y leer, también quien lleva el relé.' },
    },
    publish: 'Poner en la lista',
    update: 'Cambiar el anuncio',
    withdraw: 'Quitar de la lista',
    is: 'Esta sala está en la lista.',
    isNot: 'Esta sala no está en la lista.',
    notYours: 'Sobre la lista decide solo el anfitrión de la sala.',
  },

  scan: {
    open: 'Escanear un código QR',
    title: 'Escanear una invitación',
    ask: 'Tu navegador preguntará si esta página puede usar la cámara. La imagen se queda en este dispositivo: se mira aquí y no se envía ni se guarda.',
    start: 'Usar la cámara',
    hold: 'Pon el código QR de una invitación ante la cámara.',
    picture: 'Lo que ve la cámara',
    other: 'Esto es un código QR, pero no una invitación.',
    refused:
      'La cámara no está permitida para esta página. Permítela en los ajustes del navegador, junto a la dirección, e inténtalo de nuevo.',
    missing: 'No hay ninguna cámara que esta página pueda usar. Pega el enlace.',
    failed: 'La cámara no arranca. Quizá la esté usando otro programa.',
    again: 'Intentar de nuevo',
  },

  verify: {
    title: (who) => `¿De verdad es ${who}?`,
    how: (who) => `Llama a ${who} o encontraos, y comparad. Los dos tenéis que ver estos siete, en este orden.`,
    emoji: 'Siete emojis',
    match: 'Coinciden',
    noMatch: 'No coinciden',
    mismatchTitle: 'Puede que haya alguien en medio',
    mismatch: (who) =>
      `Si lo que ve ${who} es distinto, alguien puede estar leyendo. No digas aquí nada privado. Sal, abre otra sala y envía su enlace por otro camino, mejor en persona.`,
    keep: 'Quedarse por ahora en la sala',
  },

  warnings: {
    offline: 'Lo que escribas se guarda y se envía cuando vuelvas.',
    'roster-differs': (who) =>
      `${who} ve en esta sala a otras personas que tú. Si sigue así, puede que a alguien se le deje fuera: verificaos.`,
    'relay-dropped-frames': () => 'El relé ha tenido que descartar algo. Se está pidiendo otra vez lo que falta.',
    'member-floods': (who) => `${who} envía demasiado. Una parte no se muestra.`,
    'password-refused': () => 'Alguien intentó entrar con una contraseña equivocada y fue rechazado.',
    'member-misbehaves': (who) => `${who} envió algo que no tiene sentido. Se ha ignorado.`,
    'member-equivocates': (who) => `${who} ha dicho cosas distintas a personas distintas. Está probado, no es un error.`,
  },

  body: { code: 'Código', copyCode: 'Copiar código' },

  others: (n) => `${n} más`,
  typing: (who, n) => `${who} ${n === 1 ? 'está' : 'están'} escribiendo …`,

  line: {
    answers: (who) => `Responde a ${who}`,
    answersUnknown: 'Responde a un mensaje que no tienes.',
    deleted: 'Mensaje eliminado',
    edited: 'editado',
    reactions: 'Reacciones',
    reaction: (emoji, who) => `${emoji} de ${who}`,
    vanishes: (time) => `desaparece en ${time}`,
    passedOn: (who) => `transmitido por ${who}, firmado por su autor`,
    passedOnUnproven: (who) => `transmitido por ${who}; aquí no se puede probar si lo escribió su autor`,
  },

  actions: {
    title: 'Qué hacer con este mensaje',
    answer: 'Responder',
    react: 'Reaccionar',
    more: 'Más emojis',
    emoji: 'Emojis',
    otherEmoji: 'Cualquier otro emoji',
    copy: 'Copiar el texto',
    edit: 'Editar',
    erase: 'Eliminar para todos',
    editing: 'Editando tu mensaje',
    answering: (who) => `Respuesta a ${who}`,
    cancel: 'Cancelar',
    mention: 'Mencionar a alguien',
  },

  erase: {
    title: '¿Eliminarlo para todos?',
    means: 'Desaparece de cada página de esta sala, donde consta que se eliminó. Quien lo leyó puede recordarlo o haberlo guardado.',
    yes: 'Eliminar',
    no: 'Conservar',
  },

  life: {
    title: 'Cuánto viven los mensajes',
    vanish: 'Cada mensaje desaparece',
    promised: 'Mensajes',
    vanishesAfter: (time) => `Cada uno desaparece tras ${time}`,
    choices: {
      0: 'con la sala',
      30: '30 segundos después de enviarse',
      300: '5 minutos después de enviarse',
      3600: '1 hora después de enviarse',
      86400: '24 horas después de enviarse',
    },
    vanishMeans: 'En cada página por sí solo. Mantiene el orden entre gente honrada; no puede impedir que alguien copie.',
    history: 'Quien llega ve lo que se dijo antes',
    historyMeans: 'Los presentes lo transmiten, firmado por quien lo escribió. Si no, quien llega ve solo lo que se diga desde entonces.',
  },

  rooms: { label: 'Salas', onlyYou: 'Solo tú', ended: 'terminada', another: 'Otra sala' },

  bell: {
    title: 'Cuando miras a otro lado',
    notify: 'Notificaciones',
    refused: 'Este navegador no las permite para esta página. Permite las notificaciones en sus ajustes e inténtalo de nuevo.',
    content: 'Con nombres y palabras',
    contentMeans: 'Tu sistema puede guardar las notificaciones y mostrarlas con la pantalla bloqueada.',
    sound: 'Un sonido',
    quietFrom: 'Silencio de',
    quietTo: 'a',
    said: 'Alguien ha escrito en una sala.',
  },

  sharing: {
    title: 'Lo que los demás ven de ti',
    whats: { typing: 'Que estás escribiendo', read: 'Lo que has leído', delivered: 'Lo que te ha llegado', away: 'Que estás ausente' },
    means: 'Lo que no muestras, no lo ves de los demás.',
  },

  commands: {
    title: 'Menú',
    filter: '¿Qué quieres hacer?',
    nothing: 'Aquí nada se llama así.',
    find: 'Buscar en esta sala',
    invite: 'Invitar a gente',
    people: 'Personas',
    door: 'La lista de salas',
    verify: (who) => `Verificar a ${who}`,
    relay: '¿Qué sabe el relé de mí?',
    protects: 'Qué está protegido y qué no',
    goTo: (room) => `A la sala con ${room}`,
    another: 'Abrir otra sala más',
    settings: 'Ajustes',
    theme: (name) => `Aspecto: ${name}`,
    keys: 'Atajos de teclado',
    leave: 'Salir de esta sala',
    forget: 'Olvidarlo todo',
  },

  keys: {
    title: 'Atajos de teclado',
    groups: [
      {
        name: 'En cualquier parte de una sala',
        does: [
          'Menú de todo lo que se puede hacer',
          'Buscar en esta sala; otra vez para la búsqueda del navegador',
          'Ajustes',
          'Esta lista (fuera del campo de mensaje también ?)',
          'Sala siguiente',
          'Sala anterior',
          'Olvidarlo todo, al instante',
        ],
      },
      {
        name: 'Al escribir',
        does: [
          'Enviar',
          'Línea nueva',
          'En un campo vacío: editar tu último mensaje',
          'Mencionar a alguien',
          'Dejar una respuesta o una edición',
        ],
      },
      {
        name: 'En los mensajes',
        does: [
          'De mensaje a mensaje',
          'Lo que se puede hacer con él',
          'Lo mismo como lista',
          'El mensaje más antiguo y el más nuevo',
          'Volver a escribir',
        ],
      },
    ],
  },

  protects: {
    title: 'Qué está protegido y qué no',
    does: 'Protegido',
    doing: [
      'Lo que escribes: se cifra en tu dispositivo y solo se lee en esta sala. El relé no puede leerlo ni cambiarlo.',
      'Lo de ayer: las claves se renuevan sin cesar y se tiran. Quien consiga después un dispositivo no podrá abrir lo que se grabó antes.',
      'Quién habla: cada mensaje lo firma su autor. Los siete emojis muestran que no hay nadie en medio.',
      'Lo que queda: ninguna cuenta, ningún historial en el relé. Cuando la sala termina, sus claves ya no existen.',
    ],
    doesNot: 'No protegido',
    notDoing: [
      'Que estás aquí: el relé ve direcciones de red, horas y tamaños aproximados.',
      'Tu dirección ante los demás, donde las conexiones son directas. «Solo por el relé» se la oculta.',
      'De la gente de dentro: pueden copiar, fotografiar y pasar lo que leen. Eliminar y desaparecer son una cortesía, no un cerrojo.',
      'De un enlace perdido: quien lo tiene puede entrar. Una contraseña y los emojis ayudan.',
      'De tu propio dispositivo, o de un relé que te sirva una página alterada. Usa uno en el que confíes, o pon el tuyo.',
    ],
    soDo: 'Para lo que no puede salir mal: comparad los emojis, elegid solo el relé y salid al acabar.',
  },

  relay: {
    title: '¿Qué sabe el relé de mí?',
    knows: 'Sabe, ahora mismo',
    who: 'Relé',
    room: 'La sala',
    roomBytes: (n) => `${n} bytes que no dicen nada: una clave pública hecha a partir del enlace`,
    connections: 'Conexiones en ella',
    address: 'Tu dirección de red',
    addressSeen: 'la ve mientras estés conectado',
    ends: 'La sala termina',
    carried: 'Llevado para ti',
    carriedBytes: (sent, received) => `${sent} enviados, ${received} recibidos`,
    direct: 'Sin pasar por él',
    directPeople: (n, all) => (all === 0 ? 'no hay nadie' : `a ${n} de ${all} personas se llega directamente`),
    knowsNot: 'No sabe ni puede averiguar',
    unknown: [
      'El enlace, la contraseña, ninguna clave',
      'Qué se escribe, quién y a quién',
      'Tu nombre y los nombres de los demás',
      'Qué es un mensaje y qué no: todo tiene uno de unos pocos tamaños',
      'Si antes estuviste en otra sala',
    ],
  },

  find: {
    label: 'Buscar en esta sala',
    count: (n, all) => (all === 0 ? 'Nada' : `${n} de ${all}`),
    older: 'Resultado más antiguo',
    newer: 'Resultado más nuevo',
    close: 'Cerrar la búsqueda',
  },

  leaving: {
    title: '¿Salir sin enviar?',
    unsent: (n) =>
      `${mensajes(n)} ${n === 1 ? 'tuyo aún no ha llegado' : 'tuyos aún no han llegado'} a nadie. Si sales ahora, se ${n === 1 ? 'pierde' : 'pierden'}.`,
    stay: 'Quedarse',
    anyway: 'Salir de todos modos',
  },

  ended: {
    left: {
      title: 'Has salido',
      body: 'Las claves y los mensajes de esta sala se han borrado de este dispositivo. Lo que leyeron los demás pueden conservarlo.',
    },
    expired: {
      title: 'Se acabó el tiempo',
      body: 'La sala ha terminado para todos. Sus claves y mensajes se han borrado de este dispositivo.',
    },
    full: { title: 'Esta sala está llena', body: 'No cabe nadie más. Pide a alguien de dentro que salga antes, o abre otra sala.' },
    refused: {
      title: 'El relé te ha rechazado',
      body: 'No acepta esta sala aquí, o no por tanto tiempo. Pide otra invitación o abre otra sala.',
    },
    'wrong-password': {
      title: 'La contraseña no era esa',
      body: 'Nadie de dentro pudo dejarte entrar con ella. Pregunta a quien te invitó e inténtalo de nuevo.',
    },
    replaced: {
      title: 'Continúa en otra parte',
      body: 'Otra página ha tomado tu sitio en esta sala. Las claves y los mensajes se han borrado de esta.',
    },
    removed: {
      title: 'Te han sacado de la sala',
      body: 'El anfitrión de esta sala, o quienes estaban en ella, han seguido sin ti. Las claves y los mensajes se han borrado de este dispositivo.',
    },
    closed: {
      title: 'El anfitrión ha cerrado esta sala',
      body: 'Ha terminado para todos. Sus claves y mensajes están borrados de este dispositivo.',
    },
    incompatible: {
      title: 'Dos versiones que no encajan',
      body: 'Esta página y la sala hablan versiones distintas. Recarga la página o pide otra invitación.',
    },
  },

  settings: {
    title: 'Ajustes',
    theme: 'Aspecto',
    themes: { system: 'Como el dispositivo', light: 'Claro', dark: 'Oscuro', contrast: 'Alto contraste' },
    language: 'Idioma',
    install: 'Instalar Hushroom',
    missing: 'En este navegador',
    lacks: {
      webrtc: 'Sin conexiones directas: todo pasa por el relé.',
      'service-worker': 'La página no se abre sin conexión.',
      storage: 'No se puede recordar tu nombre.',
      share: 'No hay menú de compartir: copia el enlace.',
      clipboard: 'Los enlaces se copian a mano.',
    },
    update: 'Hay una versión nueva.',
    updateInRoom: 'Hay una versión nueva. Actualizar recarga la página, y con eso sales de esta sala.',
    updateNow: 'Actualizar ahora',
  },
});
