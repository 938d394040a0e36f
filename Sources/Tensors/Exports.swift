@_exported public import Matrices
