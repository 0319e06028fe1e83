"""/conectar_banco, room by room: ``conversation`` puts them together."""
