/**
 * The words of spoken codes (protocol.md "Ways in"): 256 of them, so that one is eight bits. Chosen for the ear and the thumb: things
 * that most learners of English know, of four to nine letters, no two alike in their first three letters and none within two
 * changes of another, so that three letters are enough to type and a slip of the ear or finger leads to no other word. The test
 * holds them to it. Their order is part of the protocol: it is alphabetical.
 */
export const words: readonly string[] = (
  'acorn album almond amber anchor apron atlas autumn avenue badge balcony bamboo banjo barrel beacon bedrock berry bicycle bishop ' +
  'blossom bonfire border bottle bronze bucket buffalo button cabin cactus camel carpet castle cement chimney chorus cinema circus ' +
  'clarinet cobalt coconut coffee copper coyote cradle cricket crystal cupboard curtain cushion cyclone daisy dancer decimal delta ' +
  'dentist diamond dolphin domino dragon drizzle drummer dynamo eagle echo eclipse elbow elephant emerald engine envelope escalator ' +
  'evening fabric farmer feather ferret fiddle filter flamingo flute forest fossil freckle galaxy garden giant giraffe glacier glove ' +
  'goblet gorilla granite grotto guitar gumdrop harvest hazelnut hermit hiccup hockey holiday horizon hotel hunter hurdle iceberg igloo ' +
  'indigo insect island ivory jaguar jasmine jelly jigsaw juggler kangaroo kayak kennel kitchen kiwi koala ladder lagoon lantern lasso ' +
  'lemon leopard library lilac lizard lobster lotus magnet mammoth marble meadow melody mermaid midnight mirror mitten mosaic mountain ' +
  'muffin museum mystery napkin necklace nephew nickel noodle nutmeg nylon oatmeal ocean octopus onion opera orange orbit orchid ' +
  'ostrich otter oxygen palace panda parrot peacock pelican pencil pickle pigeon pilot pirate planet plumber popcorn potato prism ' +
  'pumpkin puppet puzzle pyramid quarry quiver rabbit radio rainbow raven recipe reindeer ribbon ruby saffron sapphire satellite ' +
  'sausage scarf scooter seagull shelter siren skeleton slipper snowball sofa spider sponge squirrel stadium storm sugar sunset surgeon ' +
  'symphony syrup tadpole teapot telescope temple thimble tiger topaz tornado tractor trumpet tulip tuxedo twilight umbrella uncle ' +
  'unicorn vacuum valley vampire vanilla velvet vessel village violin volcano voyage vulture waffle walnut warrior waterfall whisker ' +
  'window wombat woodland yogurt zebra zigzag zodiac'
).split(' ');
